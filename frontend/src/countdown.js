// Times that move: [data-until] counts down to an instant (with [data-left] for m:ss and a ring), [data-since] up
// from one, [data-ago] says how long ago. Instants are the server's, in milliseconds.
// A countdown reaches zero half a second early, because the server knows no tolerance, and then says "countdown:end";
// "countdown:late" comes once when 20 s are left, "countdown:minute" at 60 s.
import { now } from "./clock.js";

const EARLY_MS = 500;
const spanish = document.documentElement.lang.startsWith("es");

/** 19 s, 4 min, 3 h 20 min, 2 d. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86400) {
    const minutes = Math.floor((whole % 3600) / 60);
    return `${Math.floor(whole / 3600)} h${minutes ? ` ${minutes} min` : ""}`;
  }
  return `${Math.floor(whole / 86400)} d`;
}

function put(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function once(element, name) {
  if (element.dataset.told?.includes(name)) return;
  element.dataset.told = `${element.dataset.told ?? ""} ${name}`;
  element.dispatchEvent(new CustomEvent(name, { bubbles: true }));
}

/** 1:24, 0:19; from an hour on 3 h, 2 d: a ring has room for no more. */
function countdown(seconds) {
  return seconds >= 3600 ? duration(seconds - (seconds % 3600)) : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function down(element, at) {
  const left = Math.max(0, (Number(element.dataset.until) - EARLY_MS - at) / 1000);
  const whole = Math.ceil(left);
  put(element.querySelector("[data-left]"), countdown(whole));
  const total = Number(element.dataset.total || 0);
  const ring = element.querySelector(".ring-left");
  if (ring && total) ring.setAttribute("stroke-dasharray", `${Math.min(100, (100 * left) / total).toFixed(1)} 100`);
  element.classList.toggle("late", left <= 20);
  if (left <= 60 && left > 20) once(element, "countdown:minute");
  if (left <= 20 && left > 0) once(element, "countdown:late");
  if (left <= 0) once(element, "countdown:end");
}

function tick() {
  const at = now();
  for (const element of document.querySelectorAll("[data-until]")) down(element, at);
  for (const element of document.querySelectorAll("[data-since]")) put(element, duration((at - Number(element.dataset.since)) / 1000));
  for (const element of document.querySelectorAll("[data-ago]")) {
    const seconds = (at - Number(element.dataset.ago)) / 1000;
    if (seconds >= 5 && seconds < 7 * 86400) put(element, spanish ? `hace ${duration(seconds)}` : `${duration(seconds)} ago`);
  }
}

setInterval(tick, 500);
document.addEventListener("htmx:after:swap", tick);
tick();
