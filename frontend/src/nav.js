// The navigation's two widths; the choice is kept in a cookie.
import { prefer } from "./preference.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-nav-toggle]");
  if (!button) return;
  const root = document.documentElement;
  const wide = root.dataset.nav === "rail";
  root.dataset.nav = wide ? "wide" : "rail";
  button.setAttribute("aria-expanded", String(wide));
  prefer("nav", root.dataset.nav);
});
