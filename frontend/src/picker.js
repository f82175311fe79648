// The inline picker of an owner: one popover a page (components/picker.html), for every `[data-picker]` link of it. What is
// in it is read when it opens. In a grid the cell changes at once and is put back when the server says no; elsewhere
// the live parts that show the item read themselves again.
import htmx from "htmx.org/dist/htmx.esm.js";
import { go } from "./grid.js";
import { refresh } from "./live.js";
import { place } from "./popup.js";

const picker = document.getElementById("picker");
const form = () => picker.querySelector(".picker-form");
const find = (selector) => picker.querySelector(selector);
const offers = () => find("[data-offer-instead]")?.getAttribute("aria-pressed") === "true";

let at = ""; // the id of the link that it stands at: reading a live part again may have made that one anew

function opened() {
  const button = document.getElementById(at);
  button?.setAttribute("data-opened", "");
  return button;
}

/** Opens it at a link; `offer`: to offer instead. */
export async function open(button, { offer = false } = {}) {
  for (const each of document.querySelectorAll("[data-picker][data-opened]")) each.removeAttribute("data-opened");
  at = button.id;
  button.scrollIntoView({ block: "nearest" });
  await htmx.ajax("GET", button.href, { source: picker, target: picker, swap: "innerHTML" });
  if (!form() || !opened()) return;
  picker.showPopover();
  if (offer) find("[data-offer-instead]")?.click();
}

function close() {
  const button = opened();
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
  const button = opened();
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
  const { assign, offer, row, item, seen, n } = form().dataset;
  const address = offers() ? offer : assign;
  const values = { agent, seen, n, note, ...(over ? { over } : {}) };
  const there = document.getElementById(row);
  if (there) return giveIn(there, { option: offers() ? null : option, address, values });
  close();
  await htmx.ajax("POST", address, { source: document.body, target: document.body, swap: "none", values }).catch(() => {});
  refresh(new Set([`item:${item}`, "item"]));
}

async function giveIn(row, { option, address, values }) {
  // The cell of the owner, or that of the roles: it is known again by its class, in whatever row comes back.
  const cell = opened()?.closest("[role=gridcell]") ?? row.querySelector(".col-owner");
  const column = `.${cell.classList[0]}`;
  const before = cell.innerHTML;
  if (option) show(cell, option);
  row.classList.add("pending");
  close();
  await htmx.ajax("POST", address, { source: row, target: row, swap: "outerMorph", values }).catch(() => {});
  const after = document.getElementById(row.id);
  if (after?.classList.contains("pending")) {
    // Refused, or it did not arrive: what stood there stands again.
    after.classList.remove("pending");
    after.querySelector(column).innerHTML = before;
    htmx.process(after);
    refresh(new Set([after.dataset.live.split(" ")[0]]));
  }
  const again = document.getElementById(row.id)?.querySelector(column);
  if (again && document.activeElement === document.body) go(again.closest("[data-grid]"), again);
}

function show(cell, option) {
  const name = opened()?.matches(".role-who") ? opened() : cell.querySelector(".owner-name");
  const from = option?.querySelector("strong");
  const avatar = option?.querySelector(".avatar")?.cloneNode(true);
  avatar?.classList.remove("large");
  if (name && from) name.textContent = from.textContent;
  if (avatar) cell.querySelector(".avatar")?.replaceWith(avatar);
  cell.querySelector(".owner-note")?.remove();
}

function pick(option) {
  if (option.getAttribute("aria-disabled") === "true") return;
  if (option.dataset.confirm && !offers()) ask(option);
  else give(option.dataset.agent, option);
}

function pickerClick(event) {
  const on = (selector) => event.target.closest(selector);
  if (on("[role=option]")) pick(on("[role=option]"));
  else if (on("[data-anyway]")) anyway();
  else if (on("[data-rather-not]")) askNoMore();
  else if (on("[data-nobody]")) give("", null);
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

// A row's O offers, as its A assigns.
function rowKey(event) {
  if (document.documentElement.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = event.target.closest?.("[data-key-row]");
  const button = event.key.toLowerCase() === "o" && (event.target.closest("[data-picker]") ?? row?.querySelector("[data-picker]"));
  if (!button || event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  open(button, { offer: true });
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
}
