// The banner that says that nothing reaches us, in words.
const banner = document.querySelector("[data-offline]");
const show = (on) => banner && (banner.hidden = !on);
document.addEventListener("live:offline", () => show(true));
document.addEventListener("live:online", () => show(false));
