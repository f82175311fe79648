// Live hints. ONE stream a browser: the tab that holds the lock listens and tells the others. A hint says that
// something changed; the parts of the page that show it read themselves again. Hints are never replayed, so after a
// gap every live part reads itself once.
//
// A part:  <div id="…" data-live="item:ID agent" hx-get="…" hx-trigger="live" hx-swap="outerMorph" hx-target="this">
// Topics are a kind (item, agent, config, team, offer…) or kind:id. `data-live-every` is the least time between two
// readings in milliseconds (300); `data-live-after` how long it waits for more hints before it reads, and up to as
// long again, so that not everybody who heard the same reads at once. When one such part reads, all that wait read in
// the same request, which the server answers after those that are in a hurry. With its answers comes the pace: how many
// times longer it wants such parts to wait while it is busy. `data-live-shared`: those that read in the same moment do it
// in one request. `data-live-but` names events that are of no concern to it, unless they are of a subject that its topics
// name by id, or happen while it is being read. `data-live-about="item"`: after hints of this kind it is asked for what
// those are about alone (`about=ID`). Whatever else stands there may come as a mere `<… id="…" data-as-is>`: the page
// keeps what it has, but for elements with an id inside of that one. After anything else, and four times a minute, it is
// read whole. `data-live-resync="off"`: not after a gap, because a larger part reads it then too (one without topics:
// data-live=""). `data-live-hidden` reads in hidden tabs too; others wait until they are seen.
// Scripts hear "live:hints" on the document: detail.hints is [[kind, id, event], …].

import htmx from "htmx.org/dist/htmx.esm.js";

import { slept } from "./clock.js";

const SILENT_MS = 40_000; // the server beats every 15 s
const OFFLINE_MS = 5_000; // then the tag says so
const AGAIN_MS = 5_000;
const TOGETHER = "/frame/together";
const SHARED = "/frame/shared";
const MOST_SHARED = 10; // parts that one request may read
const MOST_ABOUT = 20;
const WHOLE_MS = 15_000;
const address = document.querySelector('meta[name="live"]')?.content;
const root = document.documentElement;
// element → {at, timer, stale, reading: the request that reads it now, about: what its next reading is about, whole: that
// it is about everything, wholeAt: when it last was}
const parts = new WeakMap();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("rightaway-live") : null;

let source = null;
let leading = false;
let paused = false;
let heardAt = performance.now();
let connected = true;
let pace = 1; // how many times longer than usual the server wants us to wait with what can wait
let retryMs = 1_000;
let retry = 0;

// ── parts

function rests(part) {
  return paused || (document.hidden && !part.hasAttribute("data-live-hidden"));
}

function stateOf(part) {
  if (!parts.has(part)) parts.set(part, { at: -Infinity, timer: 0, about: new Set(), whole: false, wholeAt: -Infinity });
  return parts.get(part);
}

function readWhole(part) {
  stateOf(part).whole = true;
  read(part);
}

function read(part) {
  const state = stateOf(part);
  if (rests(part)) {
    state.stale = true;
    return;
  }
  if (state.timer) return;
  state.since = performance.now();
  state.spread = 1 + Math.random();
  wait(part, state);
}

/** Until it is due: what can wait, as things then stand. */
function wait(part, state) {
  const left = Math.max(turn(part, state), state.since + Number(part.dataset.liveAfter || 0) * state.spread * pace) - performance.now();
  if (left > 0) state.timer = setTimeout(() => wait(part, state), left);
  else fire(part, state);
}

function turn(part, state) {
  return state.at + Number(part.dataset.liveEvery || 300) * (part.dataset.liveAfter ? pace : 1);
}

function fire(part, state) {
  if (!part.isConnected) return;
  begin(state);
  if (rests(part)) {
    state.stale = true; // paused or hidden since it began to wait
    return;
  }
  if (part.dataset.liveAfter) {
    const also = [...document.querySelectorAll("[data-live-after]")].filter(isDue);
    for (const each of also) begin(parts.get(each));
    ask(TOGETHER, [part, ...also]);
  } else if ("liveShared" in part.dataset) {
    if (!sharing.size) queueMicrotask(askShared);
    sharing.add(part);
  } else {
    readAlone(part);
  }
}

function readAlone(part) {
  part.dispatchEvent(new CustomEvent("live", { detail: { hinted: true } }));
}

const sharing = new Set(); // parts that read as soon as all have heard

function askShared() {
  const found = [...sharing];
  sharing.clear();
  if (found.length === 1) readAlone(found[0]);
  else for (let from = 0; from < found.length; from += MOST_SHARED) ask(SHARED, found.slice(from, from + MOST_SHARED));
}

function ask(address, together) {
  const query = new URLSearchParams(together.map((each) => ["read", each.getAttribute("hx-get")]));
  // What its source sends along, by hx-include, goes to all of them.
  const source = together.find((each) => each.hasAttribute("hx-include")) ?? together[0];
  htmx.ajax("GET", `${address}?${query}`, { source, swap: "none", together });
}

function begin(state) {
  clearTimeout(state.timer);
  state.timer = 0;
  state.at = performance.now();
  state.stale = false;
}

/** Whether it waits only for more hints, no longer for its turn. */
function isDue(part) {
  const state = parts.get(part);
  return state?.timer && performance.now() >= turn(part, state);
}

/** Reads every live part once, or those with one of these topics. */
export function refresh(topics) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const wanted = topics ? part.dataset.live.split(/\s+/).some((topic) => topics.has(topic)) : part.dataset.liveResync !== "off";
    if (wanted) readWhole(part);
  }
}

/** Reads it if some of the hints are of concern to it. */
function consider(part, hints) {
  const topics = part.dataset.live.split(/\s+/);
  const but = parts.get(part)?.reading ? [] : (part.dataset.liveBut?.split(/\s+/) ?? []);
  const found = hints.filter(([kind, id, event]) => topics.includes(`${kind}:${id}`) || (topics.includes(kind) && !but.includes(event)));
  if (!found.length) return;
  const state = stateOf(part);
  for (const [kind, id] of found) {
    if (kind === part.dataset.liveAbout) state.about.add(id);
    else state.whole = true;
  }
  read(part);
}

function readStale() {
  for (const part of document.querySelectorAll("[data-live]")) if (parts.get(part)?.stale) read(part);
}

function hear(message) {
  heardAt = performance.now();
  if (message.state) show(message.state === "open");
  if (message.type === "hints") {
    document.dispatchEvent(new CustomEvent("live:hints", { detail: message }));
    for (const part of document.querySelectorAll("[data-live]")) consider(part, message.hints);
  } else if (message.type === "beat") {
    document.dispatchEvent(new CustomEvent("live:beat"));
  } else if (message.type === "resync") {
    document.dispatchEvent(new CustomEvent("live:resync"));
    refresh();
  }
}

const readBy = (ctx) => (ctx.together ?? [ctx.sourceElement]).filter((each) => parts.has(each));

// Whoever else wants it read wants it whole.
document.addEventListener("live", ({ target, detail }) => detail?.hinted || (stateOf(target).whole = true), true);

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  for (const part of readBy(ctx)) parts.get(part).reading = ctx;
  askAbout(ctx, readBy(ctx).filter((part) => part.dataset.liveAbout).map((part) => parts.get(part)));
});

/** About everything, if one of them is. */
function askAbout(ctx, states) {
  const about = new Set(states.flatMap((state) => [...state.about]));
  const since = performance.now() - WHOLE_MS;
  const whole = !about.size || about.size > MOST_ABOUT || states.some((state) => state.whole || state.wholeAt < since);
  for (const state of states) {
    state.about = new Set();
    state.whole = false;
    if (whole) state.wholeAt = performance.now();
  }
  if (whole) return;
  ctx.request.action += (ctx.request.action.includes("?") ? "&" : "?") + new URLSearchParams([...about].map((id) => ["about", id]));
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  for (const part of readBy(ctx)) {
    const state = parts.get(part);
    if (state.reading === ctx) state.reading = null;
    if (ctx.status !== "swapped") state.whole = true; // what it was about was not told
  }
});

document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { fragment } of tasks) for (const part of fragment.querySelectorAll("[data-as-is]")) keep(part);
});

/** Puts what the page has in the place of what says only that it is as it was. */
function keep(stub) {
  const here = document.getElementById(stub.id);
  if (!here) {
    const part = document.getElementById(stub.closest("[data-live]").id);
    stub.remove();
    if (part) readWhole(part);
    return;
  }
  const same = here.cloneNode(true);
  for (const each of stub.querySelectorAll("[id]")) same.querySelector(`#${CSS.escape(each.id)}`)?.replaceWith(each);
  stub.replaceWith(same);
}

// A reading that failed is tried again, unless the line is down: then all are read when it is back.
for (const name of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(name, (event) => {
    const part = event.target.closest?.("[data-live]");
    if (!part || event.detail.ctx?.sourceElement !== part || event.detail.ctx.response?.status < 500) return;
    const failed = event.detail.ctx.together ?? [part];
    setTimeout(() => connected && failed.filter((each) => each.isConnected).forEach(read), AGAIN_MS * (0.5 + Math.random()));
  });
}

document.addEventListener("htmx:after:request", (event) => {
  const told = event.detail.ctx.response?.headers.get("Live-Pace");
  if (told) pace = Math.max(1, Number(told) || 1);
});

// ── the tag

let offlineTimer = 0;

function show(open) {
  if (open) {
    clearTimeout(offlineTimer);
    offlineTimer = 0;
    if (!connected) document.dispatchEvent(new CustomEvent("live:online"));
    connected = true;
  } else if (!offlineTimer && connected) {
    offlineTimer = setTimeout(() => {
      connected = false;
      document.dispatchEvent(new CustomEvent("live:offline"));
      mark();
    }, OFFLINE_MS);
  }
  mark();
}

function mark() {
  root.dataset.liveState = paused ? "paused" : connected ? "live" : "reconnecting";
}

export function isConnected() {
  return connected;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-live-pause]")) return;
  paused = !paused;
  mark();
  for (const button of document.querySelectorAll("[data-live-pause]")) button.setAttribute("aria-pressed", String(paused));
  if (!paused) readStale();
});

// ── the stream, in the leading tab

function tell(message) {
  hear(message);
  channel?.postMessage(message);
}

function open() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource(address);
  heardAt = performance.now();
  source.onopen = () => {
    retryMs = 1_000;
    tell({ state: "open" });
  };
  source.onerror = () => {
    tell({ state: "closed" });
    if (source.readyState === EventSource.CLOSED) again();
  };
  source.addEventListener("hints", (event) => tell({ type: "hints", hints: JSON.parse(event.data), state: "open" }));
  // What happened before we listened was told to nobody here. After a restart everybody's turn is another one.
  source.addEventListener("resync", ({ target, data }) => {
    tell({ state: "open" });
    setTimeout(() => target.readyState === EventSource.OPEN && tell({ type: "resync", state: "open" }), JSON.parse(data).after);
  });
  source.addEventListener("beat", () => tell({ type: "beat", state: "open" }));
}

async function again() {
  clearTimeout(retry);
  retry = setTimeout(open, retryMs * (0.5 + Math.random()));
  retryMs = Math.min(retryMs * 2, 15_000);
  // Refused, not cut: perhaps the session has ended.
  const answer = await fetch("/api/v1/me", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.status === 401) location.reload();
}

function watch() {
  const woke = slept();
  if (leading && (woke || performance.now() - heardAt > SILENT_MS)) {
    tell({ state: "closed" });
    open();
  } else if (!leading && performance.now() - heardAt > SILENT_MS + 10_000) {
    show(false);
  }
}

function lead() {
  leading = true;
  document.dispatchEvent(new CustomEvent("live:lead"));
  open();
}

export function leads() {
  return leading;
}

function start() {
  mark();
  if (channel) {
    channel.onmessage = (event) => {
      if (event.data.type === "ask") {
        if (leading) channel.postMessage({ type: "beat", state: connected ? "open" : "closed" });
      } else hear(event.data);
    };
  }
  if (navigator.locks && channel) {
    // Held until this tab is closed; then another one leads. Pages are never frozen while they hold it.
    navigator.locks.request("rightaway-live", () => {
      lead();
      return new Promise(() => {});
    });
    channel.postMessage({ type: "ask" });
  } else lead();
  setInterval(watch, 5_000);
  addEventListener("online", () => leading && open());
  addEventListener("offline", () => {
    if (leading) source?.close();
    show(false);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    watch();
    readStale();
  });
  addEventListener("pageshow", (event) => event.persisted && refresh());
}

if (address && "EventSource" in window) start();
