// From a row of the grid to a logged call in two keys: C opens the popup beside the row, a number says how it went.
// The links to the profiles take the list along, so that J and K go through it there.
import htmx from "htmx.org/dist/htmx.esm.js";
import { place } from "../popup.js";

const popup = document.getElementById("log");
const NOBODY = "00000000-0000-0000-0000-000000000000";
let row = null;
let from = null; // what had the focus in the row

function open(at) {
  from = document.activeElement;
  row = at;
  popup.querySelector("form").reset();
  popup.querySelector("[data-log-name]").textContent = row.querySelector("[data-open] strong")?.textContent ?? "";
  popup.showPopover();
  place(popup, from);
}

async function log(values) {
  const { id } = row;
  const number = Number(row.getAttribute("aria-rowindex")) - 1;
  popup.hidePopover();
  row.classList.add("dims");
  from?.focus({ preventScroll: true });
  await htmx
    .ajax("POST", popup.dataset.address.replace(NOBODY, id.replace("row-", "")), { source: row, target: row, swap: "outerMorph", values: { ...values, n: number } })
    .catch(() => {});
  document.getElementById(id)?.classList.remove("dims");
}

if (popup) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.key.toLowerCase() !== "c" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.documentElement.dataset.keys === "off" || event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog, [popover]")) return;
    const at = event.target.closest?.("#contacts-grid [data-key-row]");
    if (!at) return;
    event.preventDefault();
    open(at);
  });
  popup.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.value) log({ outcome: event.submitter.value, text: popup.querySelector("textarea").value });
  });
}

const list = () => {
  const query = new URLSearchParams(location.search);
  for (const name of ["cursor", "n", "density", "q", "panel"]) query.delete(name);
  if (!query.has("view")) query.set("view", document.querySelector("#contacts-grid")?.dataset.view ?? "evaluate");
  return query;
};

// Before the link is followed, by whichever key or button.
for (const kind of ["pointerdown", "focusin", "click"]) {
  document.addEventListener(
    kind,
    (event) => {
      const cell = event.target.closest?.("#contacts-grid [data-key-row]");
      const link = cell?.querySelector("a[data-open]");
      if (link && !link.search && !new URLSearchParams(location.search).has("q")) link.search = list();
    },
    true,
  );
}
