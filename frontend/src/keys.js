// The keyboard. Keys that work everywhere are few; single letters work only while focus is in the list or panel they
// belong to (WCAG 2.1.4), and all of them can be turned off in the shortcut sheet.
//
//   <section data-key-scope> … <button data-key="a">Assign</button> …   A while focus is inside presses the button;
//   of several, the one in the same [data-key-row] as the focus, else the first that can be seen.
//   <button data-global-key="n"> works with focus anywhere outside of fields.
const root = document.documentElement;
let went = -Infinity; // when G was pressed

const visible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;
const writes = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function press(element) {
  element.focus({ preventScroll: true });
  element.click();
}

const everywhere = {
  "/": () => document.getElementById("search")?.select(),
  "?": () => document.getElementById("shortcuts")?.showModal(),
  "[": () => document.querySelector("[data-nav-toggle]")?.click(),
  ".": () => [...document.querySelectorAll("[data-show-new]")].find(visible)?.click(),
  z: () => document.querySelector(".toast:last-child .toast-undo")?.click(),
};

function scoped(key, from) {
  const scope = from.closest?.("[data-key-scope]");
  if (!scope) return null;
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  const row = from.closest("[data-key-row]");
  return [...(row?.querySelectorAll(wanted) ?? []), ...scope.querySelectorAll(wanted)].find(
    (each) => visible(each) && !each.disabled && (each.closest("[data-key-row]") === row || !each.closest("[data-key-row]")),
  );
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === " " && event.target.matches("a[role=button]:not([data-grid] *)")) {
    event.preventDefault(); // as of any button; in a grid it selects the row
    return event.target.click();
  }
  if (root.dataset.keys === "off" || writes(event.target)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (document.querySelector("dialog:modal") && !event.target.closest("dialog")) return;
  const above = event.target.closest?.("dialog[open], :popover-open");
  const place = !above && performance.now() - went < 1500 && document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  went = -Infinity;
  const inside = place || scoped(key, event.target); // what follows G is meant for it, also where the letter has a use
  if (inside) {
    event.preventDefault();
    return inside === place ? place.click() : press(inside);
  }
  if (above) return;
  if (key === "g") {
    went = performance.now();
    return;
  }
  const global = [...document.querySelectorAll(`[data-global-key="${CSS.escape(key)}"]`)].find((each) => visible(each) && !each.disabled);
  if (global) {
    event.preventDefault();
    press(global);
  } else if (everywhere[key]) {
    event.preventDefault();
    everywhere[key]();
  }
});
