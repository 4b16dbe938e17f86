// The chart as it was before, for upgrades from it.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHART } from './chart.ts';

export interface OlderChart {
  readonly folder: string;
  remove(): void;
}

/** Of another version, and with a short name that the kind Database no longer has. It runs the same images. */
export function anOlderChart(): OlderChart {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-operator-chart-'));
  cpSync(CHART, folder, { recursive: true });
  rewrite(join(folder, 'Chart.yaml'), /^version: .*$/m, 'version: 0.0.1');
  rewrite(join(folder, 'files/crds/databases.yaml'), 'shortNames:', 'shortNames:\n      - olderdb');
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

const rewrite = (file: string, from: string | RegExp, to: string): void => writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
