// Native dialogs. <button data-opens="ID">, <button data-closes>. Focus returns to the opener by itself.
// A dialog that htmx swaps in opens at once with data-open.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) {
    opener.closest("[popover]")?.hidePopover();
    document.getElementById(opener.dataset.opens)?.showModal();
    return;
  }
  if (event.target.closest?.("[data-closes]")) event.target.closest("dialog")?.close();
  // A press beside it, unless something was typed.
  else if (event.target.matches?.("dialog[open]") && outside(event) && !typed(event.target)) event.target.close();
});

function outside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

function typed(dialog) {
  return [...dialog.querySelectorAll("textarea, input[type=text], input:not([type])")].some((each) => each.value !== each.defaultValue);
}

document.addEventListener("htmx:after:swap", () => {
  for (const dialog of document.querySelectorAll("dialog[data-open]:not([open])")) {
    dialog.removeAttribute("data-open");
    dialog.showModal();
  }
});
