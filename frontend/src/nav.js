// The navigation's two widths; the choice is kept in a cookie (see web/preferences.py).
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-nav-toggle]");
  if (!button) return;
  const root = document.documentElement;
  const wide = root.dataset.nav === "rail";
  root.dataset.nav = wide ? "wide" : "rail";
  button.setAttribute("aria-expanded", String(wide));
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `nav=${root.dataset.nav}; path=/; max-age=31536000; samesite=lax${secure}`;
});
