// The server's time. The client's clock may be an hour wrong and may jump, so it never tells the time: samples of the
// server's clock are kept against the monotonic one. A sample is late by its travel, so the furthest ahead is the best.
const SLEPT_MS = 15_000;
let ahead = -Infinity; // server's epoch milliseconds minus performance.now()

export function sample(serverMs, at = performance.now()) {
  if (Number.isFinite(serverMs)) ahead = Math.max(ahead, serverMs - at);
}

/** The server's epoch milliseconds, as well as we know. */
export function now() {
  return ahead === -Infinity ? Date.now() : ahead + performance.now();
}

let apart = Date.now() - performance.now();

/**
 * Whether the machine slept since this was asked last. In a sleep most monotonic clocks stand still and only the wall
 * clock goes on, so that nothing looks as if it took long. A wall clock that was merely set looks the same.
 */
export function slept() {
  const before = apart;
  apart = Date.now() - performance.now();
  return Math.abs(apart - before) > SLEPT_MS;
}

const [navigation] = performance.getEntriesByType("navigation");
sample(Number(document.querySelector('meta[name="now"]')?.content || NaN), navigation?.responseStart || 0);

document.addEventListener("htmx:after:request", (event) => {
  sample(Number(event.detail.ctx.response?.headers.get("X-Now") || NaN));
});
