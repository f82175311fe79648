// The same for many contacts: choosing rows of the grid, and the dialogs that say what to do with them.
//
// Rows are chosen by id, or a whole view by its query. [data-bulk=verb] opens a dialog, for [data-items] or for what is
// chosen; [data-row-menu] a row's menu. A job that runs, [data-beats], reads itself every second.
import htmx from "htmx.org/dist/htmx.esm.js";
import { say } from "../announce.js";
import { filter } from "../combobox.js";
import { go } from "../grid.js";

const BEAT_MS = 1_000;
const OUTCOME_MS = 200;
const MOST_NAMED = 10_000;
const root = document.documentElement;
const grid = document.getElementById("contacts-grid");
const bar = document.getElementById("bulk-bar");
const place = () => document.getElementById("bulk-place");
const chosen = new Set();
let whole = 0; // how many the whole view has that is chosen; 0: rows are
let opener = null; // the id of what opened a dialog, or the cell's row
let counted = false;

const boxes = () => [...grid.querySelectorAll("[data-pick]")];
const rowOf = (element) => element?.closest?.("#contacts-grid [data-key-row]");
const boxOf = (row) => row?.querySelector("[data-pick]");
const number = (count) => count.toLocaleString(root.lang);

// ── choosing

function show({ tell = false } = {}) {
  const all = boxes();
  for (const box of all) {
    box.checked = whole > 0 || chosen.has(box.value);
    const row = rowOf(box);
    if (box.checked) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
  }
  const count = whole || chosen.size;
  const head = grid.querySelector("[data-pick-page]");
  if (head) {
    head.checked = all.length > 0 && all.every((box) => box.checked);
    head.indeterminate = count > 0 && !head.checked;
  }
  const words = count === 1 ? bar.dataset.one : bar.dataset.many.replace("{n}", number(count));
  bar.hidden = !count;
  root.toggleAttribute("data-picked", count > 0);
  document.getElementById("bulk-count").textContent = words;
  const more = document.getElementById("bulk-whole");
  if (more) {
    more.hidden = whole > 0 || !head?.checked;
    if (!more.hidden && !counted) {
      counted = true;
      more.dispatchEvent(new CustomEvent("live"));
    }
  }
  if (tell) say(words);
}

function choose(box, on) {
  if (whole) {
    // One less than the whole view: from now on the rows that are shown.
    for (const each of boxes()) chosen.add(each.value);
    whole = 0;
  }
  if (on) chosen.add(box.value);
  else chosen.delete(box.value);
}

function clear() {
  chosen.clear();
  whole = 0;
  show();
}

function chooseAll(on) {
  whole = 0;
  for (const box of boxes()) {
    if (on) chosen.add(box.value);
    else chosen.delete(box.value);
  }
  show({ tell: true });
}

// Shift and an arrow: the row, and the one beside it.
function extend(row, step) {
  const rows = [...grid.querySelectorAll("tbody [data-key-row]")];
  const to = rows[rows.indexOf(row) + step];
  for (const each of [row, to]) if (boxOf(each)) choose(boxOf(each), true);
  show({ tell: true });
  if (!to) return;
  const cells = (each) => [...each.querySelectorAll("[role=gridcell], [role=rowheader]")];
  const column = cells(row).indexOf(document.activeElement.closest("[role=gridcell], [role=rowheader]"));
  go(grid, cells(to)[Math.max(0, column)]);
}

function gridKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("[popover]") || event.target.matches?.("input:not([type=checkbox]), select, textarea")) return;
  const row = rowOf(event.target);
  const inside = row || event.target.closest?.("#bulk-bar, #contacts-grid");
  const count = whole || chosen.size;
  if (event.key === "Escape" && count && (inside || event.target === document.body)) {
    stop(event);
    if (event.target.closest?.("#bulk-bar")) go(grid, grid.querySelector("tbody [role=rowheader]"));
    clear();
    say(bar.dataset.many.replace("{n}", "0"));
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (row && step && event.shiftKey && event.target.matches("[role=gridcell], [role=rowheader]")) {
    stop(event);
    return extend(row, step);
  }
  if (root.dataset.keys === "off" || event.shiftKey || !inside) return;
  const key = event.key.toLowerCase();
  if (key === "x" && boxOf(row)) {
    stop(event);
    choose(boxOf(row), !boxOf(row).checked);
    return show({ tell: true });
  }
  const button = bar.querySelector(`[data-bulk-key="${CSS.escape(key)}"]`);
  if (count && button) {
    stop(event);
    open(button.dataset.bulk, {}, event.target);
  } else if (key === "u" && boxOf(row)) {
    stop(event);
    open("request_update", { items: boxOf(row).value }, event.target);
  }
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

// ── dialogs

async function open(verb, values, from) {
  if (!Object.keys(values).length) {
    if (!whole && chosen.size > MOST_NAMED) return say(document.getElementById("bulk-count").textContent, { assertive: true });
    values = whole ? { of: bar.dataset.query || "view=evaluate" } : { items: [...chosen].join(" ") };
  }
  opener = from?.closest?.("[id]")?.id ?? null;
  await htmx.ajax("POST", "/bulk/new", { source: place(), target: place(), swap: "innerHTML", values: { verb, ...values } });
}

function foresee() {
  clearTimeout(foresee.timer);
  foresee.timer = setTimeout(() => {
    const outcome = document.getElementById("bulk-outcome");
    outcome?.classList.add("stale");
    outcome?.dispatchEvent(new CustomEvent("live"));
  }, OUTCOME_MS);
}

function told() {
  const outcome = document.getElementById("bulk-outcome");
  const button = document.getElementById("bulk-send");
  if (!outcome || !button) return;
  if (outcome.dataset.button) button.querySelector("[data-send-words]").textContent = outcome.dataset.button;
  button.disabled = outcome.hasAttribute("data-unready") && Boolean(document.getElementById("bulk-dialog"));
}

function took(option) {
  const box = option.closest("[data-chips]");
  const field = box.querySelector("input[role=combobox]");
  const chip = document.createElement("li");
  chip.className = "bulk-chip";
  const load = Object.assign(document.createElement("span"), { className: "bulk-chip-load", textContent: option.dataset.load });
  const name = Object.assign(document.createElement("strong"), { textContent: option.dataset.name });
  const input = Object.assign(document.createElement("input"), { type: "hidden", name: "agent", value: option.dataset.agent });
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  remove.setAttribute("aria-label", field.dataset.remove.replace("{name}", option.dataset.name));
  chip.append(option.querySelector(".avatar").cloneNode(true), name, load, input, remove);
  chip.option = option;
  chip.after_ = option.nextElementSibling;
  box.querySelector("[data-chosen]").append(chip);
  option.remove();
  field.value = "";
  filter(field);
  field.focus();
  say(field.dataset.said.replace("{name}", option.dataset.name));
  foresee();
}

function putBack(chip) {
  const list = chip.closest("[data-chips]").querySelector("[role=listbox]");
  list.insertBefore(chip.option, chip.after_?.parentNode === list ? chip.after_ : list.querySelector(".picker-none"));
  chip.remove();
}

function gave(chip) {
  const field = chip.closest("[data-chips]").querySelector("input[role=combobox]");
  putBack(chip);
  filter(field);
  field.focus();
  say(field.dataset.unsaid.replace("{name}", chip.option.dataset.name));
  foresee();
}

// A role is for those who may hold it.
function limit(role) {
  const field = document.getElementById("bulk-find");
  const may = (option) => !role || option.dataset.roles.split(" ").includes(role);
  for (const chip of document.querySelectorAll("#bulk-agents .bulk-chip")) if (!may(chip.option)) putBack(chip);
  for (const option of document.querySelectorAll("#bulk-list [role=option]")) option.toggleAttribute("data-out", !may(option));
  filter(field);
}

function close(dialog) {
  dialog?.close();
  place().replaceChildren();
  back();
}

function back() {
  const at = opener && document.getElementById(opener);
  if (document.activeElement !== document.body && document.activeElement?.checkVisibility()) return;
  const row = rowOf(at);
  if (row) go(grid, row.querySelector('[tabindex="0"]') ?? row.querySelector("[role=rowheader]"));
  else if (at?.checkVisibility()) at.focus();
  else if (grid) go(grid, grid.querySelector('[tabindex="0"]') ?? grid.querySelector("tbody [role=rowheader]"));
  else document.getElementById("main").focus({ preventScroll: true });
}

const written = (dialog) => Boolean(dialog.querySelector("#bulk-note")?.value.trim());

function leave(dialog) {
  if (!written(dialog)) return close(dialog);
  const ask = dialog.querySelector("[data-discard]");
  ask.hidden = false;
  ask.querySelector("[data-keep-it]").focus();
}

// ── a row's menu

async function menu(link) {
  for (const each of document.querySelectorAll("[data-row-menu][data-opened]")) each.removeAttribute("data-opened");
  link.setAttribute("data-opened", "");
  const found = document.getElementById("row-menu");
  await htmx.ajax("GET", link.href, { source: found, target: found, swap: "innerHTML" });
  found.dataset.from = link.id;
  found.showPopover();
}

function click(event) {
  const on = (selector) => event.target.closest?.(selector);
  if (on("[data-row-menu]") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    menu(on("[data-row-menu]"));
  } else if (on("[data-bulk]")) {
    const { bulk, items } = on("[data-bulk]").dataset;
    const from = on("#row-menu") ? document.getElementById(on("#row-menu").dataset.from) : event.target;
    open(bulk, items ? { items } : {}, from);
  } else if (on("[data-pick-page]")) chooseAll(on("[data-pick-page]").checked);
  else if (on("[data-pick]")) {
    choose(on("[data-pick]"), on("[data-pick]").checked);
    show({ tell: true });
  } else if (on("[data-whole]")) {
    whole = Number(on("[data-whole]").dataset.whole);
    show({ tell: true });
    document.getElementById("bulk-assign").focus();
  } else if (on("[data-unpick]")) {
    clear();
    root.removeAttribute("data-picking");
    go(grid, grid.querySelector('[tabindex="0"]'));
  } else if (on("[data-picking]")) {
    root.setAttribute("data-picking", "");
    boxes()[0]?.focus();
  } else if (on("#bulk-list [role=option]") && on("dialog")) took(on("[role=option]"));
  else if (on(".bulk-chip button")) gave(on(".bulk-chip"));
  else if (on("[data-cancels]")) leave(on("dialog"));
  else if (on("[data-discard-it]")) close(on("dialog"));
  else if (on("[data-keep-it]")) {
    on("[data-discard]").hidden = true;
    on("dialog").querySelector("#bulk-note").focus();
  }
}

if (place()) {
  if (grid && bar) {
    document.addEventListener("keydown", gridKey, true);
    document.addEventListener("htmx:after:swap", () => show());
  }
  document.addEventListener("click", click);
  document.addEventListener("htmx:after:swap", told);
  document.addEventListener("input", (event) => event.target.closest?.("#bulk-form") && event.target.id !== "bulk-find" && foresee());
  document.addEventListener("change", (event) => {
    if (event.target.id === "bulk-role") limit(event.target.value);
    if (event.target.closest?.("#bulk-form")) foresee();
  });
  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest?.("#bulk-dialog");
    if (!dialog) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) document.getElementById("bulk-send").click();
    else if (event.key === "Backspace" && event.target.id === "bulk-find" && !event.target.value) {
      const last = dialog.querySelector("[data-chosen] > :last-child");
      if (last) gave(last);
    }
  });
  document.addEventListener(
    "cancel",
    (event) => {
      if (event.target.id !== "bulk-dialog" || !written(event.target) || !event.target.querySelector("[data-discard]").hidden) return;
      event.preventDefault();
      leave(event.target);
    },
    true,
  );
  document.addEventListener(
    "close",
    (event) => {
      if (!event.target.closest?.("#bulk-place")) return;
      event.target.remove();
      setTimeout(back);
    },
    true,
  );
  document.addEventListener("bulk:done", () => {
    close(place().querySelector("dialog"));
    if (grid && bar) clear();
  });
  document.addEventListener("bulk:begun", () => grid && bar && clear());
}

setInterval(() => {
  const job = document.querySelector("[data-beats]");
  if (job && !document.hidden) job.dispatchEvent(new CustomEvent("live"));
}, BEAT_MS);
