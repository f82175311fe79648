// The contacts grid: filters that close by themselves, marks that turn bad in time.
import { now } from "../clock.js";

const NOTE_MS = 6_000; // who was faster is told for so long

// A mark turns bad at its instant without anything happening.
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

// "+ Filter": what one types narrows the list; Enter takes the only one that is left, else asks for what was typed.
function suggest(event) {
  const wanted = event.target.value.trim().toLocaleLowerCase();
  for (const each of document.querySelectorAll("[data-suggestions] li")) {
    each.hidden = !each.textContent.toLocaleLowerCase().includes(wanted);
  }
}

function choose(event) {
  if (event.key !== "Enter" && event.key !== "ArrowDown") return;
  const left = [...document.querySelectorAll("[data-suggestions] li:not([hidden]) a")];
  if (event.key === "ArrowDown" ? !left.length : left.length !== 1) return;
  event.preventDefault();
  if (event.key === "Enter") left[0].click();
  else left[0].focus();
}

// A phone has room for the shapes only: pressed, they say what they are.
function tell(event) {
  const row = event.target.closest(".contacts-grid tbody tr");
  if (row && event.target.closest(".col-phone, .col-email, .col-notes, .col-task")) row.classList.toggle("told");
}

const say = document.getElementById("filter-say");
if (say) {
  say.addEventListener("input", suggest);
  say.addEventListener("keydown", choose);
  say.closest("details").addEventListener("toggle", (event) => event.target.open && say.focus());
}
if (document.getElementById("contacts-grid")) {
  document.addEventListener("click", tell);
  document.addEventListener("htmx:after:swap", passing);
  setInterval(turn, 1_000);
}
if (document.querySelector("[data-chip]")) {
  document.addEventListener("click", chips);
  document.addEventListener("keydown", chips);
}
