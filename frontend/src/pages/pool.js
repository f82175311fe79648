// The lead pool. Who is merely free is nobody's news, so hints do not tell of it: the list reads itself every five
// seconds while it is looked at. Arrows move between rows.
import { now } from "../clock.js";

const EVERY_MS = 5_000;
let at = ""; // the row that had the focus last
const list = () => document.getElementById("pool");
const rows = () => [...document.querySelectorAll("[data-pool-row]")];

function read() {
  const panel = document.getElementById("pool-give");
  if (document.hidden || document.documentElement.dataset.liveState === "paused" || panel?.matches(":popover-open")) return;
  list()?.dispatchEvent(new CustomEvent("live"));
}

function watch() {
  const at = now();
  if (rows().some((row) => row.dataset.gone && Number(row.dataset.gone) <= at)) read();
}

if (list()) {
  setInterval(read, EVERY_MS);
  setInterval(watch, 500);
  document.addEventListener("refused", read);
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
  // A row's button goes with what it was for: the row that tells how it went has the focus, then the first one.
  document.addEventListener("htmx:after:swap", () => {
    if (at && document.activeElement === document.body) (document.getElementById(at) ?? rows()[0])?.focus({ preventScroll: true });
  });
  // The form to assign arrives by htmx into a popover of its own.
  document.addEventListener("htmx:after:swap", () => {
    const panel = document.getElementById("pool-give");
    const form = panel?.querySelector("form:not([data-shown])");
    if (!form) return;
    form.dataset.shown = "";
    panel.showPopover();
    panel.querySelector("select")?.focus();
  });
  document.addEventListener("toast", (event) => {
    const panel = document.getElementById("pool-give");
    if (event.detail.kind === "good" && panel?.matches(":popover-open")) panel.hidePopover();
  });
}
