// The server's time. The client's clock may be an hour wrong and may jump, so it is never read: samples of the
// server's clock are kept against the monotonic one. A sample is late by its travel, so the furthest ahead is the best.
let ahead = -Infinity; // server's epoch milliseconds minus performance.now()

export function sample(serverMs, at = performance.now()) {
  if (Number.isFinite(serverMs)) ahead = Math.max(ahead, serverMs - at);
}

/** The server's epoch milliseconds, as well as we know. */
export function now() {
  return ahead === -Infinity ? Date.now() : ahead + performance.now();
}

const [navigation] = performance.getEntriesByType("navigation");
sample(Number(document.querySelector('meta[name="now"]')?.content || NaN), navigation?.responseStart || 0);

document.addEventListener("htmx:after:request", (event) => {
  sample(Number(event.detail.ctx.response?.headers.get("X-Now") || NaN));
});
