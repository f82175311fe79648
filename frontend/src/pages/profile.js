// The contact profile. A label or link with data-focuses, data-unfolds or data-tab leads to its field, part or tab;
// a live part with data-calm does not change while something in it is open or being typed.
import { now } from "../clock.js";

function lead(from) {
  const tab = document.getElementById(`tab-${from.dataset.tab}`);
  if (tab) tab.checked = true;
  const part = document.getElementById(from.dataset.unfolds ?? "");
  if (part) part.open = true;
  const field = part?.querySelector("select, textarea") ?? document.getElementById(from.dataset.focuses ?? "");
  // After the label's own click has moved the focus to its radio button; an answer may have put others in their place.
  setTimeout(() => {
    const radio = document.getElementById(from.htmlFor ?? "");
    if (radio) radio.checked = true;
    (document.getElementById(field?.id ?? "") ?? field)?.focus();
  });
}

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-focuses], [data-unfolds]");
  if (!from) return;
  if (from.dataset.unfolds) event.preventDefault();
  lead(from);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.target.closest?.(".composer-pane, .act-form")?.requestSubmit();
});

const busy = (part) => part?.matches?.("[data-calm]") && part.querySelector("details.act[open]");

document.addEventListener(
  "live",
  (event) => {
    const part = event.target;
    if (busy(part) || (part.id === "profile-head" && document.activeElement?.id === "status")) event.stopImmediatePropagation();
  },
  true,
);

// What it did not show meanwhile is read when it is closed.
document.addEventListener(
  "toggle",
  (event) => {
    const closed = event.target.matches?.("details.act:not([open])");
    if (closed) event.target.closest("[data-calm]")?.dispatchEvent(new CustomEvent("live"));
  },
  true,
);

// What is saved is seen at once: a line with its text, a task that is struck through. The answer puts the true ones in
// their place; a refusal takes them away again.
function pending(form) {
  const list = document.getElementById("timeline-pending");
  const text = form.querySelector("textarea, [name=text]")?.value.trim() ?? "";
  if (!list || (form.matches(".of-note, .of-task") && !text)) return;
  const line = document.createElement("li");
  line.className = "timeline-line pending";
  line.append(...["span", "p"].map((name) => document.createElement(name)));
  line.children[0].className = "timeline-mark";
  line.children[1].className = "timeline-text";
  line.children[1].textContent = text ? `${form.dataset.pending}: ${text}` : form.dataset.pending;
  list.replaceChildren(line);
}

function undone() {
  document.getElementById("timeline-pending")?.replaceChildren();
  for (const task of document.querySelectorAll(".task.ending")) task.classList.remove("ending");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches?.(".composer-pane[data-pending]")) pending(form);
  else if (form.dataset?.ends) document.querySelector(form.dataset.ends)?.classList.add("ending");
});
document.addEventListener("refused", undone);
document.addEventListener("htmx:error", undone);

// The basics turn bad without anything happening.
if (document.getElementById("profile")) {
  setInterval(() => {
    const part = document.getElementById("basics");
    if (!part?.dataset.turns || Number(part.dataset.turns) > now()) return;
    delete part.dataset.turns;
    part.dispatchEvent(new CustomEvent("live"));
  }, 1_000);
}

// What somebody has begun to write while the answer to something else comes: the new composer gets it.
function written(pane) {
  const field = document.activeElement;
  const values = [...pane.elements].filter((each) => each.id).map(({ id, value, checked }) => ({ id, value, checked }));
  return { tab: document.querySelector("[name=compose]:checked")?.id, field, at: field.selectionStart, values };
}

function goOn({ tab, field, at, values }) {
  for (const { id, value, checked } of values) {
    const each = document.getElementById(id);
    if (each) Object.assign(each, each.matches("[type=radio], [type=checkbox]") ? { checked } : { value });
  }
  if (tab && document.getElementById(tab)) document.getElementById(tab).checked = true;
  const again = document.getElementById(field.id);
  again?.focus({ preventScroll: true });
  if (at != null) again?.setSelectionRange?.(at, at);
}

// What had the focus may go with a swap; a page that nobody has touched yet keeps it where it was.
let had = false;
let begun = null;
document.addEventListener("htmx:before:swap", (event) => {
  const source = event.detail.ctx?.sourceElement;
  if (busy(source)) return event.preventDefault(); // asked for before it was opened
  had = document.activeElement !== document.body;
  const pane = document.activeElement?.closest?.(".composer-pane");
  begun = pane && pane !== source ? written(pane) : null;
});
// As soon as it is there: whatever is typed then is its own.
document.addEventListener("htmx:before:settle", ({ target }) => {
  if (begun && !begun.field.isConnected) {
    goOn(begun);
    begun = null;
  }
  const wrong = target.closest("#profile") && target.querySelector("[role=alert]");
  if (wrong) wrong.focus();
  else if (had && document.activeElement === document.body && document.getElementById("profile")) document.getElementById("main").focus({ preventScroll: true });
});
