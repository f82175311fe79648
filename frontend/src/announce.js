// What is said to screen readers. Politely: at most one message in three seconds, the others joined to it.
const SECONDS = 3;
let waiting = [];
let timer = 0;

/** Says a text. Assertive is for what ends soon and only concerns this person. */
export function say(text, { assertive = false } = {}) {
  if (!text) return;
  if (assertive) return put("assertive", text);
  if (!waiting.includes(text)) waiting.push(text);
  if (!timer) speak();
}

function speak() {
  const text = waiting.splice(0).join(" ");
  if (!text) return (timer = 0);
  put("polite", text);
  timer = setTimeout(speak, SECONDS * 1000);
}

function put(id, text) {
  const region = document.getElementById(id);
  if (!region) return;
  // The same words again are only spoken when they are new to the tree.
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50);
}
