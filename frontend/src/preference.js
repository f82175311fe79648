/** Keeps how somebody likes the pages, as web/preferences.py does. */
export function prefer(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
}
