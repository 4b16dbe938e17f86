// Rows with a head, as kubectl prints them. Pure.

/** A cell, and what puts color on it once its width is known. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);
const painted = (cell: Cell, text: string): string => (typeof cell === 'string' ? text : text.replace(cell.text, cell.paint(cell.text)));

/** The lines of a table; an empty cell is a dash. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const filled = [head, ...rows].map((row) => row.map((cell) => (textOf(cell) === '' ? '-' : cell)));
  const widths = head.map((_, column) => Math.max(...filled.map((row) => textOf(row[column] ?? '').length)));
  return filled.map((row) => row.map((cell, column) => painted(cell, column === row.length - 1 ? textOf(cell) : textOf(cell).padEnd(widths[column] ?? 0))).join('   '));
}
