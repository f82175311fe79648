// The bell: what it opens is read when it opens, and is no longer new once it was shown.
import htmx from "htmx.org/dist/htmx.esm.js";
import { say } from "./announce.js";
import { badge } from "./title.js";

const popover = document.getElementById("notices");
const recent = document.getElementById("notices-recent");
const bell = () => document.getElementById("bell");
let known = Number(bell()?.dataset.new ?? 0);

function markRead(shown) {
  if (!shown?.hasAttribute("data-unread") || !shown.dataset.newest) return;
  shown.removeAttribute("data-unread");
  htmx.ajax("POST", recent.dataset.read, { source: bell(), target: "#bell", swap: "outerMorph", values: { until: shown.dataset.newest } });
}

function tell() {
  const count = Number(bell()?.dataset.new ?? 0);
  if (count > known) say(bell().dataset.says);
  known = count;
  badge("notices", count);
}

if (popover && recent) {
  popover.addEventListener("toggle", (event) => {
    if (event.newState === "open") recent.dispatchEvent(new CustomEvent("opened"));
  });
  document.addEventListener("htmx:after:swap", () => {
    if (popover.matches(":popover-open")) markRead(recent.querySelector("[data-newest]"));
    tell();
  });
  badge("notices", known);
  const page = document.querySelector(".notices-page[data-newest]");
  if (page) markRead(page);
}
