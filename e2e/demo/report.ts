// How the demo shows its proof.
import { isDeepStrictEqual } from 'node:util';
import type { DatabaseProof, TableProof } from '../harness/table-proof.ts';

/** A table in plain text, columns as wide as needed. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}

const show = (proof: TableProof | undefined): string => (proof === undefined ? '—' : `${proof.rows} rows ${proof.hash.slice(0, 12)}`);

/** Every table before, damaged and after, side by side. */
export function compareProofs(before: DatabaseProof, damaged: DatabaseProof, after: DatabaseProof): string {
  const tables = [...new Set([before, damaged, after].flatMap((proof) => Object.keys(proof)))].sort();
  const line = (table: string): string[] => {
    const equal = isDeepStrictEqual(before[table], after[table]);
    return [table, show(before[table]), show(damaged[table]), show(after[table]), equal ? '✓ equal' : '✗ DIFFERENT'];
  };
  return textTable([['table', 'before', 'damaged', 'after the restore', ''], ...tables.map(line)]);
}
