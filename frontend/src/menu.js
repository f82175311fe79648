// Menus (APG): popovers with role menu. The first item has focus when it opens; arrows, Home, End and letters move.
const items = (menu) => [...menu.querySelectorAll('[role^="menuitem"]')].filter((each) => each.checkVisibility() && !each.disabled);

document.addEventListener(
  "toggle",
  (event) => {
    if (event.newState !== "open" || !event.target.matches?.("[data-menu]")) return;
    const all = items(event.target);
    for (const each of all) each.tabIndex = -1;
    (all.find((each) => each.getAttribute("aria-checked") === "true") ?? all[0])?.focus();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[data-menu]");
  if (!menu) return;
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    all[to]?.focus();
  } else if (event.key === "Tab") menu.hidePopover();
  else if (event.key.length === 1 && /\p{L}/u.test(event.key)) {
    const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)];
    rest.find((each) => each.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  }
});

// A choice closes its menu; what follows goes on.
document.addEventListener("click", (event) => {
  if (event.target.closest?.('[data-menu] [role^="menuitem"]')) setTimeout(() => event.target.closest("[data-menu]")?.hidePopover());
});
