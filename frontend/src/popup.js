// Puts popovers beside the button that opened them, and keeps them inside the window. None with `autofocus` may stand
// in a part that is read again: htmx gives the focus to whatever has that each time.
const GAP = 4;

/** Places a popover below its button, or above where there is more room. */
export function place(popover, button) {
  const at = button.getBoundingClientRect();
  popover.style.maxHeight = "";
  const { offsetWidth: width, offsetHeight: height } = popover;
  const foot = innerWidth < 720 ? (document.getElementById("nav")?.offsetHeight ?? 0) : 0; // of a phone, with its navigation
  const below = innerHeight - foot - at.bottom - 2 * GAP;
  const above = at.top - 2 * GAP;
  const up = height > below && above > below;
  popover.style.maxHeight = `${Math.max(120, up ? above : below)}px`;
  const top = up ? Math.max(GAP, at.top - Math.min(height, above) - GAP) : at.bottom + GAP;
  const right = at.left + width > innerWidth - GAP;
  const left = right ? Math.max(GAP, Math.min(at.right, innerWidth - GAP) - width) : at.left;
  popover.style.top = `${top}px`;
  popover.style.left = `${left}px`;
}

export function opener(popover) {
  return document.querySelector(`[popovertarget="${CSS.escape(popover.id)}"][data-opened]`) ?? [...document.querySelectorAll(`[popovertarget="${CSS.escape(popover.id)}"]`)].find((each) => each.checkVisibility());
}

document.addEventListener(
  "toggle",
  (event) => {
    const popover = event.target;
    if (!(popover instanceof HTMLElement) || !popover.matches(".menu, .picker, [data-popup]")) return;
    const button = opener(popover);
    button?.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState !== "open" || !button) return;
    place(popover, button);
    popover.querySelector("[autofocus], input[role=combobox]")?.focus();
  },
  true,
);

addEventListener("resize", () => {
  for (const popover of document.querySelectorAll("[popover]:popover-open")) {
    const button = opener(popover);
    if (button) place(popover, button);
  }
});
