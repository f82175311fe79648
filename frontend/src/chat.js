// The chat window of a visitor. Their secret lies in this origin's storage, for this door only; it is never in an
// address. Answers are asked for every three seconds while somebody looks, every fifteen while nobody does.
const room = document.getElementById("chat");
const log = document.getElementById("log");
const form = document.getElementById("form");
const text = document.getElementById("text");
const state = document.getElementById("state");
const kept = `rightaway-chat:${room.dataset.key}`;
const SEEN_MS = 3_000;
const HIDDEN_MS = 15_000;

let last = "";
let timer = 0;
let sending = false;

function secret(made) {
  try {
    if (made) localStorage.setItem(kept, made);
    return localStorage.getItem(kept) ?? secret.here ?? "";
  } catch {
    // A browser that keeps nothing for strangers: then as long as this window is open.
    if (made) secret.here = made;
    return secret.here ?? "";
  }
}

function headers() {
  const known = secret();
  return { "Content-Type": "application/json", ...(known ? { "X-Visit": known } : {}) };
}

function show(messages) {
  for (const each of messages) {
    if (document.getElementById(`m-${each.id}`)) continue;
    const line = document.createElement("p");
    line.id = `m-${each.id}`;
    line.className = each.mine ? "chat-line mine" : "chat-line";
    const who = document.createElement("span");
    who.className = "chat-by";
    who.textContent = each.mine ? room.dataset.you : room.dataset.answered.replace("%(who)s", each.who || "·");
    const said = document.createElement("bdi");
    said.textContent = each.text;
    const at = document.createElement("time");
    at.dateTime = each.at;
    at.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" }).format(new Date(each.at));
    line.append(who, said, at);
    log.append(line);
    last = each.id;
  }
  if (messages.length) log.scrollTop = log.scrollHeight;
}

async function ask() {
  clearTimeout(timer);
  if (secret()) {
    const answer = await fetch(`${room.dataset.messages}?after=${last}`, { headers: headers(), cache: "no-store" }).catch(() => null);
    if (answer?.ok) {
      show((await answer.json()).messages);
      document.getElementById("who").hidden = true;
    } else if (answer?.status === 404) {
      localStorage.removeItem(kept);
    }
  }
  timer = setTimeout(ask, document.hidden ? HIDDEN_MS : SEEN_MS);
}

async function send() {
  if (sending || !text.value.trim()) return text.focus();
  sending = true;
  state.textContent = room.dataset.sending;
  form.dataset.id ??= crypto.randomUUID();
  const values = Object.fromEntries(new FormData(form));
  const body = JSON.stringify({ ...values, t: room.dataset.stamp, id: form.dataset.id });
  const answer = await fetch(`${room.dataset.messages}?after=${last}`, { method: "POST", headers: headers(), body }).catch(() => null);
  sending = false;
  if (answer?.status !== 201) {
    state.textContent = answer?.status === 503 ? room.dataset.busy : answer?.status === 403 ? room.dataset.wait : room.dataset.failed;
    return;
  }
  const told = await answer.json();
  secret(told.visit);
  delete form.dataset.id; // the next one is another message
  text.value = "";
  state.textContent = "";
  document.getElementById("who").hidden = true;
  show(told.messages);
  text.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") parent.postMessage("rightaway:close", "*");
});
document.addEventListener("visibilitychange", () => document.hidden || ask());
ask();
