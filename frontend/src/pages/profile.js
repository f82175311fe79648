// The contact profile. A label or link with data-focuses, data-unfolds or data-tab leads to its field, part or tab;
// a live part with data-calm does not change while something in it is open or being typed.
function lead(from) {
  const tab = document.getElementById(`tab-${from.dataset.tab}`);
  if (tab) tab.checked = true;
  const part = document.getElementById(from.dataset.unfolds ?? "");
  if (part) part.open = true;
  const field = part?.querySelector("select, textarea") ?? document.getElementById(from.dataset.focuses ?? "");
  // After the label's own click has moved the focus to its radio button.
  if (field) setTimeout(() => field.focus());
}

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-focuses], [data-unfolds]");
  if (!from) return;
  if (from.dataset.unfolds) event.preventDefault();
  lead(from);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.target.closest?.(".composer-pane, .act-form")?.requestSubmit();
});

document.addEventListener(
  "live",
  (event) => {
    const part = event.target;
    const busy = part.matches?.("[data-calm]") && part.querySelector("details[open]");
    if (busy || (part.id === "profile-head" && document.activeElement?.id === "status")) event.stopImmediatePropagation();
  },
  true,
);

// What had the focus may go with a swap; a page that nobody has touched yet keeps it where it was.
let had = false;
document.addEventListener("htmx:before:swap", () => (had = document.activeElement !== document.body));
document.addEventListener("htmx:after:swap", () => {
  const wrong = document.querySelector("#profile [role=alert]");
  if (wrong) wrong.focus();
  else if (had && document.activeElement === document.body && document.getElementById("profile")) document.getElementById("main").focus({ preventScroll: true });
});
