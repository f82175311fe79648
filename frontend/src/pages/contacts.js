// The contacts grid: filters that close by themselves, marks that turn bad in time.
import { now } from "../clock.js";

const NOTE_MS = 6_000; // who was faster is told for so long

// Whoever has waited ten minutes turns bad without anything happening.
function turn() {
  const at = now();
  for (const row of document.querySelectorAll("[data-turns]")) {
    if (Number(row.dataset.turns) > at) continue;
    delete row.dataset.turns;
    row.dispatchEvent(new CustomEvent("live"));
  }
}

function passing() {
  for (const row of document.querySelectorAll("[data-passing]")) {
    row.removeAttribute("data-passing");
    const note = row.querySelector(".owner-note");
    setTimeout(() => note?.isConnected && row.dispatchEvent(new CustomEvent("live")), NOTE_MS);
  }
}

function chips(event) {
  for (const each of document.querySelectorAll("details[data-chip][open]")) {
    if (event.type === "keydown" ? event.key === "Escape" : !each.contains(event.target)) {
      each.open = false;
      if (event.type === "keydown") each.querySelector("summary").focus();
    }
  }
}

if (document.getElementById("contacts-grid")) {
  document.addEventListener("htmx:after:swap", passing);
  setInterval(turn, 1_000);
}
if (document.querySelector("[data-chip]")) {
  document.addEventListener("click", chips);
  document.addEventListener("keydown", chips);
}
