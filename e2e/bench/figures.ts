// How a bench reports: a table on screen, and with --json FILE the figures for machines.
import { writeFileSync } from 'node:fs';
import { textTable } from '../demo/report.ts';

/** One measured figure. */
export interface Figure {
  /** Of design.md or measured.md, such as P7; further ones carry a suffix. */
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it should come to, as text: <=0.30. Empty for a reference. */
  readonly goal: string;
}

/** True when a figure has no goal or reaches it. */
export function reached({ value, goal }: Figure): boolean {
  const [, sign, limit] = /^(<=|>=|=)\s*([0-9.]+)$/.exec(goal) ?? [];
  if (sign === undefined) return true;
  if (sign === '=') return value === Number(limit);
  return sign === '<=' ? value <= Number(limit) : value >= Number(limit);
}

/** Shows the figures, and writes them where asked. */
export function showFigures(figures: readonly Figure[], json?: string): void {
  const rows = figures.map((figure) => {
    const verdict = figure.goal === '' ? 'reference' : reached(figure) ? '✓' : '✗ missed';
    return [figure.id, figure.what, `${Number(figure.value.toPrecision(3))} ${figure.unit}`, figure.goal, verdict];
  });
  console.log(`\n${textTable([['id', 'what', 'value', 'goal', ''], ...rows])}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ figures: figures.map(({ id, value, unit, goal }) => ({ id, value, unit, goal })) }, undefined, 2)}\n`);
}
