// An open page at a desk keeps its agent there: a heartbeat every 20 s, by the leading tab. The stream's own beat
// drives it, because a hidden tab's timers may be slowed to one a minute and the lease lasts sixty seconds.
import { leads } from "./live.js";

const EVERY_MS = 20_000;
let beatAt = -Infinity;

function token() {
  try {
    return JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}")["X-CSRFToken"] ?? "";
  } catch {
    return "";
  }
}

async function beat() {
  const mine = document.getElementById("presence");
  if (!mine || !leads()) return;
  beatAt = performance.now();
  const answer = await fetch("/api/v1/presence/heartbeat", { method: "POST", headers: { "X-CSRFToken": token() } }).catch(
    () => null,
  );
  if (!answer?.ok) return;
  const found = await answer.json();
  if (found.presence !== mine.dataset.presence) mine.dispatchEvent(new CustomEvent("live"));
  document.dispatchEvent(new CustomEvent("presence:beat", { detail: found }));
}

function due() {
  if (performance.now() - beatAt >= EVERY_MS - 5_000) beat();
}

if (document.getElementById("presence")) {
  document.addEventListener("live:lead", beat);
  document.addEventListener("live:resync", due);
  document.addEventListener("live:hints", (event) => {
    // A new offer counts as delivered from the moment that this page knows of it.
    if (event.detail.hints.some(([kind, , what]) => kind === "item" && what === "offered")) beat();
    else due();
  });
  document.addEventListener("live:beat", due);
  setInterval(due, EVERY_MS / 2);
  if (leads()) beat();
}
