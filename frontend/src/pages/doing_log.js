// The panel of *Do next* in which a call or a note is logged, for whichever row's button is pressed. What was written for
// one waits there until it has been sent, and stays when it was refused.
const NOBODY = "00000000-0000-0000-0000-000000000000";
const panel = document.getElementById("doing-log");
const written = new Map(); // item's id → what stands in each field
let item = "";

const fields = () => [...panel.querySelectorAll("textarea")];

function open(button) {
  for (const each of document.querySelectorAll("[data-logs][data-opened]")) each.removeAttribute("data-opened");
  button.setAttribute("data-opened", "");
  const row = button.closest("[data-key-row]");
  item = row.id.replace("doing-", "");
  for (const form of panel.querySelectorAll("form")) form.setAttribute("hx-post", form.dataset.address.replace(NOBODY, item));
  panel.setAttribute("aria-label", button.getAttribute("aria-label"));
  panel.querySelector("[data-log-name]").textContent = row.querySelector("th a").textContent;
  panel.querySelector("details").open = false;
  for (const field of fields()) field.value = written.get(item)?.[field.name] ?? "";
  panel.showPopover();
}

function sent(id) {
  written.delete(id);
  if (id !== item) return;
  for (const field of fields()) field.value = "";
  panel.hidePopover();
}

if (panel) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-logs]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(button);
  });
  panel.addEventListener("input", () => written.set(item, Object.fromEntries(fields().map((each) => [each.name, each.value]))));
  panel.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.response?.status < 300) sent(ctx.request.action.split("/").at(-2));
  });
}
