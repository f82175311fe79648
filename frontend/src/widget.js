// What an organisation's own site shows: a button at the corner and, behind it, the chat window in a frame of ours.
// It sets no cookie, reads nothing of the page, and its styles are set by properties, which every policy allows.
const LARGE = "380px";

/** Puts the button on the page. `page` is the window's address; `open`, `close` and `title` are words. */
export function start({ page, open, close, title }) {
  if (document.querySelector("[data-rightaway-chat]")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.rightawayChat = "";
  button.textContent = open;
  button.setAttribute("aria-expanded", "false");
  style(button, {
    position: "fixed", insetInlineEnd: "16px", bottom: "16px", zIndex: "2147483000", minHeight: "48px", padding: "0 20px",
    border: "0", borderRadius: "24px", background: "#2746d3", color: "#fff", font: "600 16px/1.2 system-ui, sans-serif",
    boxShadow: "0 4px 16px rgb(18 22 29 / 0.3)", cursor: "pointer",
  });
  let frame = null;

  function show(wanted) {
    if (wanted && !frame) frame = made(page, title);
    if (frame) frame.hidden = !wanted;
    if (frame) frame.style.display = wanted ? "block" : "none";
    button.textContent = wanted ? close : open;
    button.setAttribute("aria-expanded", String(wanted));
    if (wanted) frame.focus();
    else button.focus();
  }

  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && frame && !frame.hidden && document.activeElement === frame) show(false);
  });
  addEventListener("message", (event) => {
    if (frame && event.source === frame.contentWindow && event.data === "rightaway:close") show(false);
  });
  document.body.append(button);
}

function made(page, title) {
  const frame = document.createElement("iframe");
  frame.src = page;
  frame.title = title;
  style(frame, {
    position: "fixed", insetInlineEnd: "16px", bottom: "76px", zIndex: "2147483000", width: `min(${LARGE}, calc(100vw - 32px))`,
    height: "min(560px, calc(100dvh - 96px))", border: "1px solid #c9ced8", borderRadius: "14px", background: "Canvas",
    boxShadow: "0 8px 28px rgb(18 22 29 / 0.3)", colorScheme: "light dark",
  });
  document.body.append(frame);
  return frame;
}

function style(element, values) {
  Object.assign(element.style, values);
}
