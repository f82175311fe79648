// The routes: their order by the grip (pointer or keyboard), and the builder, which saves itself into the draft.
import htmx from "htmx.org/dist/htmx.esm.js";
import { say } from "../announce.js";

const SAVE_MS = 300; // after the last change
const list = () => document.getElementById("route-list");
const form = () => document.getElementById("route-form");
const cardsOf = () => [...document.querySelectorAll("[data-ordered] > [data-card]")];
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);

// ── the order

let lifted = null; // {card, from, pointer}

function tell(card) {
  const cards = cardsOf();
  say(fill(list().dataset.said, { name: card.dataset.name, place: cards.indexOf(card) + 1, of: cards.length }), { assertive: true });
}

function lift(card, pointer = false) {
  lifted = { card, from: cardsOf().indexOf(card), pointer };
  card.classList.add("lifted");
  card.querySelector("[data-grip]").setAttribute("aria-pressed", "true");
  if (!pointer) say(list().dataset.lifted, { assertive: true });
}

function shift(card, to) {
  const cards = cardsOf();
  const at = cards.indexOf(card);
  const place = Math.max(0, Math.min(to, cards.length - 1));
  if (place === at) return false;
  cards[place][place < at ? "before" : "after"](card);
  return true;
}

function settle({ cancel = false } = {}) {
  if (!lifted) return;
  const { card, from, pointer } = lifted;
  lifted = null;
  card.classList.remove("lifted");
  const grip = card.querySelector("[data-grip]");
  grip.setAttribute("aria-pressed", "false");
  const to = cardsOf().indexOf(card);
  if (cancel || to === from) {
    shift(card, from);
    if (!pointer) say(list().dataset[cancel ? "cancelled" : "dropped"], { assertive: true });
    if (!pointer) grip.focus();
    return;
  }
  move(card.dataset.card, { place: to + 1 }, grip.id);
}

// The form names the order that the server told, whatever has been dragged since.
async function move(id, values, focus) {
  const steps = document.querySelector(`#card-${id} [data-move]`);
  await htmx.ajax("POST", steps.getAttribute("action"), { source: steps, target: list(), swap: "outerMorph", values });
  const again = document.getElementById(focus);
  const usable = again?.disabled ? document.querySelector(`#card-${id} [data-move] button:not([disabled])`) : again;
  usable?.focus({ preventScroll: true });
  document.getElementById(`card-${id}`)?.scrollIntoView({ block: "nearest" });
}

function step(card, by, focus) {
  const cards = cardsOf();
  const to = cards.indexOf(card) + by;
  if (to >= 0 && to < cards.length) move(card.dataset.card, { place: to + 1 }, focus);
}

function gripKey(event, card) {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.key === " " || event.key === "Enter") {
    if (lifted) settle();
    else lift(card);
  } else if (lifted && event.key === "Escape") settle({ cancel: true });
  else if (lifted && by) {
    if (shift(card, cardsOf().indexOf(card) + by)) tell(card);
    card.querySelector("[data-grip]").focus();
  } else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (!card || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
  const isOrdered = card.parentElement.matches("[data-ordered]") && card.querySelector("[data-move]");
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const done =
    isOrdered && event.altKey && by
      ? (step(card, by, event.target.id), true)
      : isOrdered && !event.altKey && event.target.matches("[data-grip]") && gripKey(event, card);
  if (done) event.preventDefault();
  else if (!event.altKey && by && !event.target.matches("input, select")) {
    const all = [...list().querySelectorAll("[data-card]")];
    const next = all[all.indexOf(card) + by];
    if (!next) return;
    event.preventDefault();
    next.querySelector(".route-name").focus();
  }
});

// Whoever leaves the grip with the keyboard has not dropped it.
document.addEventListener("focusout", (event) => {
  if (lifted && !lifted.pointer && event.target.matches?.("[data-grip]") && event.relatedTarget && !lifted.card.contains(event.relatedTarget)) settle({ cancel: true });
});

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  if (!grip || event.button !== 0 || lifted) return;
  const card = grip.closest("[data-card]");
  const at = event.clientY;
  const follow = (moved) => {
    if (!lifted && Math.abs(moved.clientY - at) < 4) return;
    if (!lifted) lift(card, true);
    const others = cardsOf().filter((each) => each !== card);
    const above = others.filter((each) => {
      const box = each.getBoundingClientRect();
      return moved.clientY > box.top + box.height / 2;
    });
    shift(card, above.length);
  };
  const stop = (ended) => {
    removeEventListener("pointermove", follow);
    removeEventListener("pointerup", stop);
    removeEventListener("pointercancel", stop);
    removeEventListener("keydown", escape, true);
    if (lifted) settle({ cancel: ended.type !== "pointerup" });
  };
  const escape = (pressed) => {
    if (pressed.key !== "Escape") return;
    pressed.preventDefault();
    stop(pressed);
  };
  grip.setPointerCapture?.(event.pointerId);
  addEventListener("pointermove", follow);
  addEventListener("pointerup", stop);
  addEventListener("pointercancel", stop);
  addEventListener("keydown", escape, true);
});

document.addEventListener("submit", (event) => {
  const steps = event.target.closest?.("[data-move]");
  if (!steps || !event.submitter) return;
  event.preventDefault();
  const card = steps.closest("[data-card]");
  step(card, event.submitter.value === "up" ? -1 : 1, event.submitter.id);
});

document.addEventListener("click", (event) => {
  const ask = event.target.closest?.("[data-ask-place]");
  if (!ask) return;
  const card = ask.closest("[data-card]");
  const dialog = document.getElementById("route-place");
  const field = dialog.querySelector("#place");
  dialog.dataset.card = card.dataset.card;
  dialog.querySelector("[data-place-label]").textContent = fill(list().dataset.ask, { name: card.dataset.name, of: ask.dataset.of });
  field.max = ask.dataset.of;
  field.value = ask.dataset.askPlace;
  dialog.showModal();
  field.select();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("[data-place-form]")) return;
  event.preventDefault();
  const dialog = event.target.closest("dialog");
  const { card } = dialog.dataset;
  const place = dialog.querySelector("#place").value;
  dialog.close();
  move(card, { place }, `place-${card}`);
});

document.addEventListener("route:moved", (event) => {
  say(event.detail.text);
  readAgain("route-preview", "routes-effect", "routes-bar");
});
document.addEventListener("route:switched", () => readAgain("route-list", "route-preview", "routes-effect"));
// Refused because the list was not what it seemed: show what it is.
document.addEventListener("refused", () => readAgain("route-list"));

// A list that is being put in order is not put in another one meanwhile.
document.addEventListener("htmx:before:swap", (event) => {
  if (lifted && event.detail.ctx?.target?.id === "route-list") event.preventDefault();
});

function readAgain(...ids) {
  for (const id of ids) document.getElementById(id)?.dispatchEvent(new CustomEvent("live"));
}

// ── the builder

let timer = 0;
let dirty = false; // something was typed that was not sent
let running = null; // the save that is on its way
let values = {}; // what the next save says beside the fields

const saved = () => document.getElementById("route-saved");

function show(state) {
  if (saved()) saved().textContent = state ? saved().dataset[state] : "";
}

function changed(wait = SAVE_MS) {
  dirty = true;
  document.getElementById("route-preview")?.classList.add("stale");
  show("saving");
  clearTimeout(timer);
  timer = setTimeout(save, wait);
}

/** Sends the form as it is now. One at a time, so that each save is made from what the last one left. */
async function save() {
  clearTimeout(timer);
  if (running) await running;
  if (!dirty || !form()) return;
  dirty = false;
  running = send().finally(() => (running = null));
  await running;
}

async function send() {
  const said = values;
  values = {};
  await htmx.ajax("POST", form().getAttribute("action"), { source: form(), target: form(), swap: "outerMorph", values: said }).catch(() => {});
  const isSaved = form().hasAttribute("data-is-saved");
  show(dirty ? "saving" : isSaved ? "saved" : "unsaved");
  if (isSaved && !dirty) readAgain("route-preview", "route-list", "routes-bar");
  else if (!dirty) document.getElementById("route-preview")?.classList.remove("stale");
}

async function act(button) {
  values = { ...values, ...(button.name ? { [button.name]: button.value } : {}) };
  const count = document.querySelectorAll("#route-form .condition").length;
  changed(0);
  await save();
  const added = [...document.querySelectorAll("#route-form .condition")];
  if (added.length > count) added.at(-1).querySelector("[id$=-field]")?.focus();
}

// What was typed meanwhile is not overwritten by what an older save brings back: only its tag is taken.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  if (ctx?.target?.id !== "route-form" || !dirty) return;
  const came = tasks?.map((task) => task.fragment?.querySelector?.("#route-form")).find(Boolean);
  const tag = came?.querySelector("[name=was]")?.value;
  if (tag) form().querySelector("[name=was]").value = tag;
  event.preventDefault();
});

if (form() && !form().hasAttribute("data-reads")) {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.closest?.("#route-form") || field.matches("[data-take], #new_member, [data-reshape]")) return;
    changed();
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!field.closest?.("#route-form")) return;
    if (field.matches("[data-take]") && field.value.trim()) {
      values = { ...values, do: "take" };
      changed(0);
    } else if (field.matches("[data-reshape]")) changed(0);
  });
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      changed(0);
    } else if (event.key === "Enter" && event.target.matches?.("[data-take]")) {
      event.preventDefault();
      if (event.target.value.trim()) event.target.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "route-form" || event.submitter?.matches("[data-leaves]")) return;
    event.preventDefault();
    act(event.submitter ?? {});
  });
  // Publishing shows what was typed last, too.
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("[data-publish]");
      if (!link || !(dirty || running)) return;
      event.preventDefault();
      event.stopPropagation();
      save().then(() => document.querySelector("[data-publish]")?.click());
    },
    true,
  );
  addEventListener("beforeunload", (event) => {
    if (dirty || !form()?.hasAttribute("data-is-saved")) event.preventDefault();
  });
}
