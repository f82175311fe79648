// Grids (APG): one Tab stop, arrows from cell to cell. <table role="grid" data-grid> with role row, gridcell and
// rowheader. Enter presses a cell's only control, or goes to its first; F2 goes to it; Esc comes back. In a cell
// without one, Enter follows the row's [data-open]. The place survives a swap: rows and cells are known by the row's
// id and the column's number. "grid:row" tells which row has focus.
const CELLS = ":is([role=gridcell], [role=rowheader], [role=columnheader])";
const CONTROLS = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled)";
const PAGE = 10;

const rowsOf = (grid) => [...grid.querySelectorAll("[role=row]")].filter((each) => each.checkVisibility());
const cellsOf = (row) => [...row.querySelectorAll(CELLS)].filter((each) => each.checkVisibility());
const controlsOf = (cell) => [...cell.querySelectorAll(CONTROLS)].filter((each) => each.checkVisibility());
const places = new WeakMap(); // grid → {row: id, column: number}

function arrange(grid) {
  const place = places.get(grid);
  const rows = rowsOf(grid);
  const row = rows.find((each) => each.id && each.id === place?.row) ?? rows.find((each) => each.querySelector("[role=gridcell]")) ?? rows[0];
  // Whose row it is comes first, also where a box to tick stands before it.
  const first = row && (row.querySelector("[role=rowheader]") ?? cellsOf(row)[0]);
  const cell = row && (place ? cellsOf(row)[place.column] ?? first : first);
  for (const each of grid.querySelectorAll(CELLS)) each.tabIndex = each === cell ? 0 : -1;
  for (const each of grid.querySelectorAll(CONTROLS)) if (each.closest(CELLS)) each.tabIndex = -1;
  return cell;
}

function remember(grid, cell) {
  const row = cell.closest("[role=row]");
  places.set(grid, { row: row.id, column: cellsOf(row).indexOf(cell) });
  for (const each of grid.querySelectorAll(`${CELLS}[tabindex="0"]`)) each.tabIndex = -1;
  cell.tabIndex = 0;
}

/** Moves the focus to a cell. */
export function go(grid, cell) {
  if (!cell) return;
  remember(grid, cell);
  cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  grid.dispatchEvent(new CustomEvent("grid:row", { bubbles: true, detail: { row: cell.closest("[role=row]") } }));
}

function target(event, grid, cell) {
  const rows = rowsOf(grid);
  const row = cell.closest("[role=row]");
  const y = rows.indexOf(row);
  const x = cellsOf(row).indexOf(cell);
  const at = (line, column) => {
    const cells = cellsOf(rows[Math.max(0, Math.min(line, rows.length - 1))]);
    return cells[Math.max(0, Math.min(column, cells.length - 1))];
  };
  const whole = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case "ArrowRight": return at(y, x + 1);
    case "ArrowLeft": return at(y, x - 1);
    case "ArrowDown": return at(y + 1, x);
    case "ArrowUp": return at(y - 1, x);
    case "PageDown": return at(y + PAGE, x);
    case "PageUp": return at(y - PAGE, x);
    case "Home": return at(whole ? 0 : y, 0);
    case "End": return at(whole ? rows.length - 1 : y, Infinity);
    default: return null;
  }
}

document.addEventListener("keydown", (event) => {
  const grid = event.target.closest?.("[data-grid]");
  const cell = event.target.closest?.(CELLS);
  if (!grid || !cell || event.altKey || event.defaultPrevented || event.target.closest("[popover]")) return;
  if (event.target !== cell) {
    // Inside a control: Escape is ours and, in a cell with several, the arrows from one to the next.
    const controls = controlsOf(cell);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") go(grid, cell);
    else if (step && controls.length > 1 && event.target.matches("a, button")) {
      event.preventDefault();
      controls[(controls.indexOf(event.target) + step + controls.length) % controls.length].focus();
    }
    return;
  }
  const to = event.shiftKey ? null : target(event, grid, cell);
  if (to) {
    event.preventDefault();
    go(grid, to);
  } else if (event.key === "Enter" || event.key === "F2") {
    const controls = controlsOf(cell);
    event.preventDefault();
    if (event.key === "Enter" && controls.length === 1) controls[0].click();
    else if (controls.length) controls[0].focus();
    else if (event.key === "Enter") cell.closest("[role=row]").querySelector("[data-open]")?.click();
  } else if (event.key === " ") {
    const box = cell.querySelector("input[type=checkbox]");
    if (box) {
      event.preventDefault();
      box.click();
    }
  }
});

document.addEventListener("focusin", (event) => {
  const grid = event.target.closest?.("[data-grid]");
  const cell = event.target.closest?.(CELLS);
  if (grid && cell && !event.target.closest("[popover]")) remember(grid, cell);
});

// A swap may take the focused cell away: focus goes to the cell that stands in its place.
let focused = null;
document.addEventListener("htmx:before:swap", () => {
  const grid = document.activeElement?.closest?.("[data-grid]");
  focused = grid && document.activeElement.closest(CELLS) ? grid : null;
});
document.addEventListener("htmx:after:swap", () => {
  for (const grid of document.querySelectorAll("[data-grid]")) {
    const cell = arrange(grid);
    if (grid === focused && !grid.contains(document.activeElement) && document.activeElement === document.body) cell?.focus({ preventScroll: true });
  }
  focused = null;
});
for (const grid of document.querySelectorAll("[data-grid]")) arrange(grid);
