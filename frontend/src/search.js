// The field of the top bar: what it finds is a list under it, and the list is gone when the field is left. Esc closes
// the list first and then leaves the field, back to where one was.
import { say } from "./announce.js";
import { isConnected } from "./live.js";

const field = document.getElementById("search");
const popup = document.getElementById("search-found");
const list = document.getElementById("search-list");
const QUIET_MS = 800; // a number is told when typing has paused
let from = null;
let telling = 0;

const isOpen = () => popup.matches(":popover-open");

function show(on) {
  if (on === isOpen()) return;
  if (on) {
    const at = field.getBoundingClientRect();
    const phone = innerWidth < 720;
    popup.style.top = `${at.bottom + 4}px`;
    popup.style.left = phone ? "" : `${at.left}px`;
    popup.showPopover();
  } else popup.hidePopover();
  field.setAttribute("aria-expanded", String(on));
  if (!on) field.removeAttribute("aria-activedescendant");
}

function tell() {
  clearTimeout(telling);
  telling = setTimeout(() => {
    const count = list.querySelectorAll("[role=option]:not(.found-all)").length;
    say(count ? `${popup.dataset.some}: ${count}` : popup.dataset.none);
  }, QUIET_MS);
}

/** What was found belongs to what stands in the field, or it is not shown. */
function look() {
  if (document.activeElement !== field || !field.value.trim()) return show(false);
  show(list.childElementCount > 0);
  tell();
}

function leave() {
  field.blur();
  if (from?.isConnected) from.focus({ preventScroll: true });
}

if (field && popup) {
  field.addEventListener("focusin", (event) => {
    if (!field.form.contains(event.relatedTarget)) from = event.relatedTarget;
    if (field.value.trim() && list.childElementCount) show(true);
  });
  field.addEventListener("input", () => {
    for (const each of list.querySelectorAll("[role=option]")) each.classList.add("stale");
    if (!field.value.trim()) {
      list.replaceChildren();
      show(false);
    } else if (!isConnected()) show(false);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !isOpen() && list.childElementCount) show(true);
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (isOpen()) show(false);
    else leave();
  });
  field.addEventListener("focusout", (event) => {
    if (!popup.contains(event.relatedTarget)) show(false);
  });
  // A press on a result must not take the focus from the field: the list would be gone before it is let go.
  popup.addEventListener("pointerdown", (event) => event.target.closest("[role=option]") && event.preventDefault());
  document.addEventListener("pointerdown", (event) => {
    if (isOpen() && !field.form.contains(event.target)) show(false);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target === list || event.target === field) look();
  });
  addEventListener("resize", () => show(false));
  addEventListener("pageshow", (event) => event.persisted && show(false));
}
