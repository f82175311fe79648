// The list of commands, with Ctrl K or ⌘ K from anywhere. What the focused row of a list can do comes first: its own
// controls with a key, pressed where they stand.
import { filter } from "./combobox.js";

const dialog = document.getElementById("commands");
const field = document.getElementById("commands-field");
const row = document.getElementById("commands-row");
const found = document.getElementById("commands-found");

const canBeSeen = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;

function words(control) {
  const copy = control.cloneNode(true);
  for (const each of copy.querySelectorAll(".key, svg, .avatar, .owner-note")) each.remove();
  return (control.getAttribute("aria-label") ?? copy.textContent).replace(/\s+/g, " ").trim();
}

function option(control, number) {
  const made = document.createElement("div");
  made.className = "option";
  made.id = `row-command-${number}`;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  const name = Object.assign(document.createElement("span"), { className: "option-words", textContent: words(control) });
  const key = Object.assign(document.createElement("kbd"), { className: "key", textContent: control.dataset.key.toUpperCase(), ariaHidden: "true" });
  made.append(name, key);
  made.addEventListener("click", () => {
    control.focus({ preventScroll: true });
    control.click();
  });
  return made;
}

function ofRow(at) {
  for (const old of row.querySelectorAll(".option")) old.remove();
  const controls = [...(at?.closest?.("[data-key-row]")?.querySelectorAll("[data-key]") ?? [])];
  row.append(...controls.filter((each) => canBeSeen(each) && !each.disabled && words(each)).map(option));
}

function open() {
  if (dialog.open || document.querySelector("dialog:modal")) return;
  ofRow(document.activeElement);
  field.value = "";
  found.replaceChildren();
  for (const each of document.querySelectorAll("[popover]:popover-open")) each.hidePopover();
  dialog.showModal();
  field.focus();
  filter(field);
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if ((!event.ctrlKey && !event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });
  // Before the option does what it does: what it opens must not lie under this.
  dialog.addEventListener("click", (event) => event.target.closest("[role=option]") && dialog.close(), true);
  document.addEventListener(
    "click",
    (event) => {
      if (!event.target.closest?.("[data-opens=commands]")) return;
      event.stopPropagation();
      open();
    },
    true,
  );
}
