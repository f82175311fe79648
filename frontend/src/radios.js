// Groups of buttons with role radio: one Tab stop, arrows move, Space or Enter chooses (choosing may have effects).
function arrange(group) {
  const all = [...group.querySelectorAll("[role=radio]")];
  const on = all.find((each) => each.getAttribute("aria-checked") === "true") ?? all[0];
  for (const each of all) each.tabIndex = each === on ? 0 : -1;
  return all;
}

function arrangeAll() {
  for (const group of document.querySelectorAll("[data-radios]")) if (!group.contains(document.activeElement)) arrange(group);
}

document.addEventListener("keydown", (event) => {
  const group = event.target.closest?.("[data-radios]");
  if (!group || event.target.getAttribute("role") !== "radio") return;
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...group.querySelectorAll("[role=radio]")];
  const to = all[(all.indexOf(event.target) + step + all.length) % all.length];
  for (const each of all) each.tabIndex = each === to ? 0 : -1;
  to.focus();
});

document.addEventListener("htmx:after:swap", arrangeAll);
arrangeAll();
