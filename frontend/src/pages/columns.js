// The columns of the contacts grid: their order by steps, by Alt and an arrow, or dragged; and every row that is read
// again comes in the order of this page, whatever another one has since.
import { say } from "../announce.js";

const list = document.querySelector("[data-ordering]");
const grid = document.getElementById("contacts-grid");
let dragged = null;

function step(line, by) {
  const other = by < 0 ? line.previousElementSibling : line.nextElementSibling;
  if (!other) return;
  const focused = document.activeElement;
  other[by < 0 ? "before" : "after"](line);
  for (const each of [focused, ...line.querySelectorAll("[data-step]")]) {
    each.focus(); // at an end, one of the two steps is gone
    if (document.activeElement === each) break;
  }
  const place = { name: line.dataset.name, place: [...list.children].indexOf(line) + 1, of: list.children.length };
  say(list.dataset.said.replace(/\{(\w+)\}/g, (_whole, name) => place[name]), { assertive: true });
}

function drag(event) {
  const over = event.target.closest("li");
  if (!dragged || !over) return;
  event.preventDefault();
  if (over === dragged) return;
  const box = over.getBoundingClientRect();
  over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
}

if (list) {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) step(button.closest("li"), Number(button.dataset.step));
  });
  list.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || !by) return;
    event.preventDefault();
    step(event.target.closest("li"), by);
  });
  list.addEventListener("dragstart", (event) => (dragged = event.target.closest("li")));
  list.addEventListener("dragover", drag);
  list.addEventListener("dragend", () => (dragged = null));
}
if (grid) {
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["Grid-Columns"] = grid.dataset.columns;
  });
}
