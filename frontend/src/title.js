// How much waits, before the page's name: what is new among the notices, and what is to be done on the page. They tell
// of the same things, so the larger number counts.
const counts = new Map();
const name = document.title;

export function badge(of, count) {
  counts.set(of, count);
  const most = Math.max(...counts.values());
  document.title = most ? `(${most}) ${name}` : name;
}
