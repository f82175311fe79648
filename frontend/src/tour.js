// The guided tour (web/tour). It stands beside the control that its step explains, never over it, and traps nobody: the
// page goes on working around it. Esc closes it, and the focus goes to what was explained. Of a step's places the first
// that the page shows is taken, now and after each swap; a step whose page is another one waits there.
import { prefer } from "./preference.js";

const GAP = 10;
const tour = document.getElementById("tour");
const part = (name) => tour.querySelector(`[data-tour-${name}]`);
const stops = tour ? [...tour.querySelectorAll("[data-stop]")] : [];
let at = Number(tour?.dataset.at ?? 0) - 1;
let anchor = null;
let due = 0;

const isHere = (stop) => stop && new URL(stop.dataset.address, location.href).pathname === location.pathname;

function shows(element) {
  if (!element.checkVisibility({ visibilityProperty: true })) return false;
  // What is kept for screen readers only is cut away by one that it is in.
  for (let each = element; each; each = each.parentElement) if (getComputedStyle(each).clipPath !== "none") return false;
  return element.getBoundingClientRect().width > 0;
}

/** The first place of a step that the page shows: {element, text}. */
function found(stop) {
  for (const place of stop.content.querySelectorAll("[data-selector]")) {
    const element = [...document.querySelectorAll(place.dataset.selector)].find(shows);
    if (element) return { element, text: place.textContent };
  }
  return null;
}

function mark(element) {
  if (anchor !== element) anchor?.classList.remove("toured");
  anchor = element;
  anchor?.classList.add("toured");
}

/** Reads the step again: what it stands beside may have gone or moved. */
function look() {
  due = 0;
  const stop = stops[at];
  const place = isHere(stop) ? found(stop) : null;
  tour.hidden = !place;
  mark(place?.element ?? null);
  if (!place) return;
  write(tour.querySelector("[data-count]"), stop.dataset.count);
  write(document.getElementById("tour-title"), stop.dataset.title);
  write(document.getElementById("tour-text"), place.text);
  const next = part("next");
  write(next, at === stops.length - 1 ? next.dataset.done : next.dataset.next);
  part("back").hidden = at === 0;
  stand(place.element.getBoundingClientRect());
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Below, above, right or left of the control, wherever there is room; else in the half of the window without it. */
function stand(box) {
  const { offsetWidth: width, offsetHeight: height } = tour;
  const foot = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--foot")) || 0;
  const [right, bottom] = [document.documentElement.clientWidth - GAP, innerHeight - foot - GAP];
  const beside = Math.max(GAP, Math.min(box.top, bottom - height));
  const along = Math.max(GAP, Math.min(box.left, right - width));
  const [x, y] =
    box.bottom + GAP + height <= bottom ? [along, box.bottom + GAP]
    : box.top - GAP - height >= GAP ? [along, box.top - GAP - height]
    : box.right + GAP + width <= right ? [box.right + GAP, beside]
    : box.left - GAP - width >= GAP ? [box.left - GAP - width, beside]
    : [along, box.top + box.bottom > innerHeight ? GAP : bottom - height];
  tour.style.left = `${x}px`;
  tour.style.top = `${y}px`;
}

function soon() {
  due ||= requestAnimationFrame(look);
}

function go(to) {
  at = to;
  prefer("tour", String(at + 1));
  if (!isHere(stops[at])) return location.assign(stops[at].dataset.address);
  enter();
}

function enter() {
  look();
  if (tour.hidden) return;
  anchor.scrollIntoView({ block: "nearest" });
  look();
  tour.focus({ preventScroll: true });
}

function close() {
  const before = anchor;
  prefer("tour", "closed");
  at = -1;
  look();
  const control = before?.matches("a[href], button") ? before : before?.querySelector("a[href], button:not(:disabled)");
  (control ?? document.getElementById("help"))?.focus({ preventScroll: true });
}

if (stops.length) {
  part("close").addEventListener("click", close);
  part("back").addEventListener("click", () => go(at - 1));
  part("next").addEventListener("click", () => (at === stops.length - 1 ? close() : go(at + 1)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || tour.hidden) return;
    // What lies above it closes first.
    if (document.querySelector("dialog[open], :popover-open") || event.target.matches?.("input, textarea, select")) return;
    event.preventDefault();
    close();
  });
  for (const name of ["scroll", "resize"]) addEventListener(name, soon, { passive: true, capture: true });
  document.addEventListener("htmx:after:swap", soon);
  if (at >= 0) {
    prefer("tour", String(at + 1));
    enter();
  }
}
