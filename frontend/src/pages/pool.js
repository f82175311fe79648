// The lead pool. Arrows move between rows; a row that went is read away once it has been told who has it.
import { now } from "../clock.js";

let at = ""; // the row that had the focus last
const list = () => document.getElementById("pool");
const rows = () => [...document.querySelectorAll("[data-pool-row]")];
const picking = () => document.querySelector("#picker:popover-open");

function read() {
  list()?.dispatchEvent(new CustomEvent("live"));
}

function watch() {
  const time = now();
  if (!picking() && rows().some((row) => row.dataset.gone && Number(row.dataset.gone) <= time)) read();
}

/** A row's button goes with what it was for: the row that tells how it went has the focus, then the first one. */
function settle() {
  const lost = document.activeElement === document.body || !document.activeElement.checkVisibility();
  if (at && lost) (document.getElementById(at) ?? rows()[0])?.focus({ preventScroll: true });
}

if (list()) {
  setInterval(watch, 500);
  document.addEventListener("refused", read);
  // Somebody who is choosing an agent for a row keeps it under their eyes.
  document.addEventListener(
    "live",
    (event) => {
      if (event.target === list() && picking()) event.stopImmediatePropagation();
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest?.("[data-pool-row]");
    if (!step || !row || event.defaultPrevented || event.target.closest("[popover], select, textarea, input")) return;
    const all = rows();
    const to = all[all.indexOf(row) + step];
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
  document.addEventListener("focusin", (event) => (at = event.target.closest("[data-pool-row]")?.id ?? at));
  document.addEventListener("htmx:after:swap", settle);
}
