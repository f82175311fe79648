// A search field over a listbox (APG combobox): focus stays in the field, aria-activedescendant moves.
//   <div class="picker" popover id="P"> <div class="picker-field"><input role="combobox" aria-controls="L" …></div>
//   <div class="picker-list" role="listbox" id="L"><div role="group"><div class="option" role="option" id="…"
//   data-text="Ana Beltrán" hx-post="…">…</div></div><p class="picker-none" hidden>…</p></div></div>
// Enter presses the active option; Esc and Tab close, and focus returns to the opener. Typing filters by data-text,
// ignoring accents, unless the field has hx-get and asks the server; with data-filters it does both, and what the server
// finds is in [data-found]. An option with data-out is never shown. What was found for other words is never active. A field with data-free sends its form when
// Enter finds nothing active. `pick` is dispatched on the option that is chosen.
import { opener } from "./popup.js";

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
const optionsOf = (list) => [...(list?.querySelectorAll("[role=option]") ?? [])].filter((each) => !each.hidden);

function activate(field, option) {
  for (const each of listOf(field)?.querySelectorAll("[data-active]") ?? []) {
    each.removeAttribute("data-active");
    each.setAttribute("aria-selected", "false");
  }
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("data-active", "");
  option.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

const asks = (field) => field.hasAttribute("hx-get");

/** Shows what matches the field's words, and makes the first of it active. */
export function filter(field) {
  const list = listOf(field);
  if (!list) return;
  if (asks(field) && !field.hasAttribute("data-filters")) return activate(field, null);
  const wanted = fold(field.value.trim()).split(/\s+/);
  for (const each of list.querySelectorAll("[role=option]")) {
    if (each.closest("[data-found]")) continue;
    const text = fold(each.dataset.text ?? each.textContent);
    each.hidden = each.hasAttribute("data-out") || !wanted.every((word) => text.includes(word));
  }
  for (const group of list.querySelectorAll("[role=group]")) group.hidden = !optionsOf(group).length;
  const found = optionsOf(list);
  for (const none of list.querySelectorAll(".picker-none")) none.hidden = found.length > 0 || asks(field);
  activate(field, found.find((each) => !each.closest("[data-found]")));
}

function close(field) {
  const popover = field.closest("[popover]");
  const button = popover && opener(popover);
  popover?.hidePopover();
  button?.focus();
}

document.addEventListener("input", (event) => event.target.matches?.("input[role=combobox]") && filter(event.target));

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("input[role=combobox]") && !event.target.hasAttribute("aria-activedescendant")) {
    activate(event.target, optionsOf(listOf(event.target))[0]);
  }
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("input[role=combobox]") || event.isComposing) return;
  const all = optionsOf(listOf(field));
  const at = all.findIndex((each) => each.hasAttribute("data-active"));
  const to = { ArrowDown: Math.min(at + 1, all.length - 1), ArrowUp: Math.max(at - 1, 0), PageDown: Math.min(at + 8, all.length - 1), PageUp: Math.max(at - 8, 0) }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    activate(field, all[to]);
  } else if (event.key === "Enter") {
    if (all[at] || !field.hasAttribute("data-free")) event.preventDefault();
    if (all[at]) choose(all[at]);
  } else if (event.key === "Escape" || event.key === "Tab") {
    if (field.closest("[popover]")) {
      event.preventDefault();
      close(field);
    }
  }
});

function choose(option) {
  if (option.dispatchEvent(new CustomEvent("pick", { bubbles: true, cancelable: true }))) option.click();
}

document.addEventListener("pointermove", (event) => {
  const option = event.target.closest?.("[role=option]:not([data-active])");
  const field = option && document.querySelector(`input[role=combobox][aria-controls="${CSS.escape(option.closest("[role=listbox]")?.id ?? "")}"]`);
  if (field) activate(field, option);
});

// A list that the server filled: its first option is the active one, unless another one is.
document.addEventListener("htmx:after:swap", (event) => {
  const list = event.target.closest?.("[role=listbox]") ?? event.target.querySelector?.("[role=listbox]");
  const field = document.activeElement?.matches?.("input[role=combobox]") ? document.activeElement : null;
  if (!list && !(field && asks(field))) return;
  if (!field || (list && field.getAttribute("aria-controls") !== list.id)) return;
  const all = optionsOf(listOf(field));
  for (const none of listOf(field).querySelectorAll(".picker-none[hidden]")) none.hidden = all.length > 0;
  activate(field, all.find((each) => each.hasAttribute("data-active")) ?? all[0]);
});
