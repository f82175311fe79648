// Conversations: ⌘↵ sends, the thread stands at its end, and what is being written keeps the focus.
const lines = () => document.getElementById("talk-lines");

function toEnd() {
  const log = lines();
  if (log) log.scrollTop = log.scrollHeight;
}

function atEnd(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

if (document.getElementById("talk")) {
  let wasAtEnd = true;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.(".talk-pane");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-default]"));
  });
  document.addEventListener("htmx:before:swap", () => {
    const log = lines();
    wasAtEnd = !log || atEnd(log);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (wasAtEnd) toEnd();
    // Sent: the next one is written at once.
    if (event.target.id === "conversation" && document.activeElement === document.body) document.getElementById("reply-text")?.focus();
  });
  toEnd();
}
