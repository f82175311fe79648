// Short messages at the edge, for ten seconds, longer while they are looked at. Undo by the button or by Z.
// From a view: Done(toast=Toast(…)). From a script: toast({text, kind, undo}).
import htmx from "htmx.org/dist/htmx.esm.js";
import { say } from "./announce.js";

const SHOWN_MS = 10_000;
const MOST = 4;
const area = document.getElementById("toasts");

/** `undo`: an address that takes it back by POST, or a function. */
export function toast({ text, kind = "good", undo = "" }) {
  if (!area || !text) return;
  const element = document.createElement("div");
  element.className = `toast ${kind}`;
  element.append(glyph(kind), Object.assign(document.createElement("p"), { textContent: text }));
  if (undo) element.append(undoButton(element, undo));
  element.append(closeButton(element));
  area.append(element);
  while (area.children.length > MOST) area.firstElementChild.remove();
  keep(element);
  say(undo ? `${text} ${area.dataset.undo}: Z` : text, { assertive: kind === "bad" });
}

function glyph(kind) {
  const known = document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `icon glyph ${kind}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${known}#${kind}`);
  svg.append(use);
  return svg;
}

function undoButton(element, undo) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast-undo";
  button.append(`${area.dataset.undo} `, Object.assign(document.createElement("kbd"), { className: "key", textContent: "Z", ariaHidden: "true" }));
  button.addEventListener("click", () => {
    element.remove();
    if (typeof undo === "function") undo();
    else htmx.ajax("POST", undo, { source: document.body, target: document.body, swap: "none" });
  });
  return button;
}

function closeButton(element) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", area.dataset.close);
  button.addEventListener("click", () => element.remove());
  return button;
}

function keep(element) {
  let timer = setTimeout(() => element.remove(), SHOWN_MS);
  const stay = () => clearTimeout(timer);
  const go = () => (timer = setTimeout(() => element.remove(), SHOWN_MS / 2));
  element.addEventListener("pointerenter", stay);
  element.addEventListener("focusin", stay);
  element.addEventListener("pointerleave", go);
  element.addEventListener("focusout", go);
}

for (const element of area?.querySelectorAll(".toast") ?? []) keep(element);

document.addEventListener("toast", (event) => toast(event.detail));

// What did not arrive is said, unless a live part was only reading itself.
document.addEventListener("htmx:error", (event) => {
  const method = event.detail.ctx?.request?.method;
  if (method && method !== "GET") toast({ text: area?.dataset.failed, kind: "bad" });
});
document.addEventListener("htmx:response:error", (event) => {
  const { request, response } = event.detail.ctx;
  if (response.status >= 500 && request.method !== "GET") toast({ text: area?.dataset.broken, kind: "bad" });
});
