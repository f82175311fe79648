// The contacts grid: the owner's picker, filters that close by themselves, marks that turn bad in time.
// The picker is one popover for all rows; what is in it is read when it opens. The cell changes at once and is put
// back when the server says no.
import htmx from "htmx.org/dist/htmx.esm.js";
import { now } from "../clock.js";
import { go } from "../grid.js";
import { refresh } from "../live.js";
import { place } from "../popup.js";

const NOTE_MS = 6_000; // who was faster is told for so long
const picker = document.getElementById("picker");
const form = () => picker.querySelector(".picker-form");
const find = (selector) => picker.querySelector(selector);

async function open(button, { offer = false } = {}) {
  for (const each of document.querySelectorAll("[data-picker][data-opened]")) each.removeAttribute("data-opened");
  button.setAttribute("data-opened", "");
  button.closest("tr")?.scrollIntoView({ block: "nearest" });
  await htmx.ajax("GET", button.href, { source: picker, target: picker, swap: "innerHTML" });
  if (!form() || !button.isConnected) return;
  picker.showPopover();
  if (offer) find("[data-offer-instead]")?.click();
}

function close() {
  const button = document.querySelector("[data-picker][data-opened]");
  picker.hidePopover();
  const cell = button?.closest("[role=gridcell]");
  if (cell) go(cell.closest("[data-grid]"), cell);
  else button?.focus();
}

function ask(option) {
  const box = find("[data-ask]");
  box.hidden = false;
  box.dataset.agent = option.dataset.agent;
  find("#picker-question").textContent = option.dataset.confirm;
  find(".picker-list").hidden = find(".picker-foot").hidden = find(".picker-field").hidden = true;
  find("#picker-why").value = find("#picker-note").value;
  find("#picker-why").focus();
  fit();
}

function askNoMore() {
  find("[data-ask]").hidden = true;
  find(".picker-list").hidden = find(".picker-foot").hidden = find(".picker-field").hidden = false;
  find("[role=combobox]").focus();
  fit();
}

function fit() {
  const button = document.querySelector("[data-picker][data-opened]");
  if (button) place(picker, button);
}

function anyway() {
  const why = find("#picker-why");
  if (!why.value.trim()) {
    why.setAttribute("aria-invalid", "true");
    return why.focus();
  }
  const agent = find("[data-ask]").dataset.agent;
  give(agent, find(`#pick-${CSS.escape(agent)}`), { note: why.value, over: "1" });
}

async function give(agent, option, { note = find("#picker-note").value, over = "" } = {}) {
  const { assign, offer, row: id, seen, n } = form().dataset;
  const offering = find("[data-offer-instead]")?.getAttribute("aria-pressed") === "true";
  const row = document.getElementById(id);
  const cell = row?.querySelector(".col-owner");
  if (!cell) return close();
  const before = cell.innerHTML;
  if (!offering) show(cell, option);
  row.classList.add("pending");
  close();
  const values = { agent, seen, n, note, ...(over ? { over } : {}) };
  await htmx.ajax("POST", offering ? offer : assign, { source: row, target: row, swap: "outerMorph", values }).catch(() => {});
  const after = document.getElementById(id);
  if (after?.classList.contains("pending")) {
    // Refused, or it did not arrive: what stood there stands again.
    after.classList.remove("pending");
    after.querySelector(".col-owner").innerHTML = before;
    htmx.process(after);
    refresh(new Set([after.dataset.live]));
  }
  const again = document.getElementById(id)?.querySelector(".col-owner");
  if (again && document.activeElement === document.body) go(again.closest("[data-grid]"), again);
}

function show(cell, option) {
  const name = cell.querySelector(".owner-name");
  const from = option?.querySelector("strong");
  const avatar = option?.querySelector(".avatar")?.cloneNode(true);
  avatar?.classList.remove("large");
  if (name && from) name.textContent = from.textContent;
  if (avatar) cell.querySelector(".avatar")?.replaceWith(avatar);
  cell.querySelector(".owner-note")?.remove();
}

function pick(option) {
  if (option.getAttribute("aria-disabled") === "true") return;
  const offering = find("[data-offer-instead]")?.getAttribute("aria-pressed") === "true";
  if (option.dataset.confirm && !offering) ask(option);
  else give(option.dataset.agent, option);
}

function pickerClick(event) {
  const on = (selector) => event.target.closest(selector);
  if (on("[role=option]")) pick(on("[role=option]"));
  else if (on("[data-anyway]")) anyway();
  else if (on("[data-rather-not]")) askNoMore();
  else if (on("[data-me]")) {
    const me = find(`#pick-${CSS.escape(on("[data-me]").dataset.me)}`);
    if (me) pick(me);
  } else if (on("[data-offer-instead]")) {
    const button = on("[data-offer-instead]");
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    find("[role=combobox]").focus();
  } else if (on("[data-note]")) {
    const button = on("[data-note]");
    const field = find("[data-note-field]");
    field.hidden = !field.hidden;
    button.setAttribute("aria-expanded", String(!field.hidden));
    fit();
    (field.hidden ? find("[role=combobox]") : field.querySelector("input")).focus();
  }
}

function pickerKey(event) {
  const button = event.altKey && [...picker.querySelectorAll("[data-pick-key]")].find((each) => each.dataset.pickKey === event.code);
  if (button) {
    event.preventDefault();
    button.click();
  } else if (event.key === "Escape" || (event.key === "Tab" && event.target.matches("[role=combobox]") && !event.shiftKey)) {
    // The combobox would give the focus back to the button; in a grid it belongs to the cell.
    event.preventDefault();
    event.stopPropagation();
    if (find("[data-ask]").hidden) close();
    else askNoMore();
  } else if (event.key === "Enter" && event.target.id === "picker-why") {
    event.preventDefault();
    anyway();
  } else if (event.key === "Enter" && event.target.id === "picker-note") {
    event.preventDefault();
    find("[role=combobox]").focus();
  }
}

// A row's A and O work from any of its cells; Enter in the owner's cell does what A does.
function rowKey(event) {
  if (document.documentElement.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = event.target.closest?.("[data-key-row]");
  const button = event.key.toLowerCase() === "o" && row?.querySelector("[data-picker]");
  if (!button || event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  open(button, { offer: true });
}

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

if (picker) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-picker]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(button);
  });
  document.addEventListener("keydown", rowKey);
  picker.addEventListener("click", pickerClick);
  picker.addEventListener("submit", (event) => event.preventDefault());
  // Before the combobox, which would close the popover from the question too.
  picker.addEventListener("keydown", pickerKey);
  document.addEventListener("htmx:after:swap", passing);
  document.addEventListener("click", chips);
  document.addEventListener("keydown", chips);
  setInterval(turn, 1_000);
}
