// My work. Offers are read by the server at every hint; here they are announced, moved between by arrows, and read
// again when one has run out or its end has been told for long enough.
import { say } from "../announce.js";
import { now } from "../clock.js";
import { badge } from "../title.js";

const shown = new Map(); // card's id → what was said of it
const root = document.documentElement;
let first = true;
let at = ""; // the card that had the focus last
let place = null; // where in *Do next* the focus was before a swap: its row's id and number

const section = () => document.getElementById("offers");
const cards = () => [...document.querySelectorAll("[data-offer]")];
const open = () => cards().filter((card) => !card.dataset.end);

function reread() {
  section()?.dispatchEvent(new CustomEvent("live"));
}

/** Says what is new since the last look; what was there when the page came is read by whoever arrives. */
function look() {
  for (const card of cards()) {
    const state = card.dataset.end ?? "open";
    const known = shown.get(card.id);
    if (known?.state === state) continue;
    shown.set(card.id, { state, said: known?.said ?? new Set() });
    if (first) continue;
    say(card.dataset.says, { assertive: !known && state === "open" && card.hasAttribute("data-alone") });
    const lost = at === card.id && document.activeElement === document.body; // its button went with what it was for
    if (known && (lost || card.contains(document.activeElement))) next(card);
  }
  for (const id of shown.keys()) if (!document.getElementById(id)) shown.delete(id);
  first = false;
  title();
}

/** Focus never stays on what has ended: the next card has it, or the card that tells how it went. */
function next(card) {
  const after = cards().slice(cards().indexOf(card)).find((each) => !each.dataset.end) ?? open()[0] ?? card;
  after.focus({ preventScroll: true });
}

function remember() {
  const row = document.activeElement?.closest?.("#doing tbody tr");
  place = row && { id: row.id, number: [...row.parentElement.children].indexOf(row) };
}

/** What had the focus in *Do next* went with what was done: its row has it, or the one in its stead. */
function stay() {
  if (!place || document.activeElement !== document.body) return;
  const rows = [...document.querySelectorAll("#doing tbody tr")];
  const row = document.getElementById(place.id) ?? rows[Math.min(place.number, rows.length - 1)];
  (row?.querySelector("[data-logs]") ?? document.getElementById("main")).focus({ preventScroll: true });
}

function title() {
  badge("work", open().length + document.querySelectorAll("#doing [data-late]").length);
}

function once(card, what, text) {
  const known = shown.get(card?.id);
  if (!known || known.said.has(what)) return;
  known.said.add(what);
  say(`${card.dataset.name}: ${text}`);
}

function watch() {
  const time = now();
  if (cards().some((card) => card.dataset.gone && Number(card.dataset.gone) <= time)) {
    if (document.activeElement?.closest?.("[data-gone]")) open()[0]?.focus({ preventScroll: true });
    reread();
  }
}

if (section()) {
  document.addEventListener("countdown:minute", (event) => once(event.target.closest("[data-offer]"), "minute", section().dataset.minute));
  document.addEventListener("countdown:late", (event) => once(event.target.closest("[data-offer]"), "late", section().dataset.late));
  document.addEventListener("countdown:end", (event) => {
    if (event.target.closest("[data-offer]")) setTimeout(reread, 1200);
  });
  document.addEventListener("refused", reread);
  document.addEventListener("focusin", (event) => (at = event.target.closest("[data-offer]")?.id ?? ""));
  document.addEventListener("htmx:before:swap", remember);
  document.addEventListener("htmx:after:swap", stay);
  document.addEventListener("htmx:after:swap", look);
  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys === "off") return;
    if (event.target.closest?.("input, textarea, select, [role=radio], [role=menu], [popover], dialog")) return;
    const all = open();
    if (!all.length) return;
    const here = all.findIndex((card) => card.contains(document.activeElement));
    const to = here < 0 ? all[step > 0 ? 0 : all.length - 1] : all[(here + step + all.length) % all.length];
    event.preventDefault();
    to.focus();
    to.scrollIntoView({ block: "nearest", inline: "start" });
  });
  setInterval(watch, 500);
  look();
}
