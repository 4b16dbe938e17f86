// The chart as Helm renders it.
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { ensureTools } from '../cluster/index.ts';
import { run, type RunResult } from '../lib/run.ts';

export const CHART = fileURLToPath(new URL('../../charts/postgres-operator', import.meta.url));

/** What every manifest of the chart has. */
export interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Record<string, string>; readonly labels?: Record<string, string> };
  readonly rules?: unknown;
  readonly spec?: unknown;
}

/** Runs Helm and returns how it ended, whatever that is. */
export async function helm(...args: string[]): Promise<RunResult> {
  const tools = await ensureTools(['helm']);
  return run(tools.helm, args, { accept: [1] });
}

/** Renders what is installed in namespace `operators` with the given values, as key=value. @throws Error with what Helm has against them. */
export const renderChart = (...values: string[]): Promise<Rendered[]> => render(['--skip-tests'], values);

/** Renders what `helm test` runs. */
export const renderSelfTest = (...values: string[]): Promise<Rendered[]> => render(['--show-only', 'templates/tests/self-test.yaml'], values);

async function render(flags: string[], values: string[]): Promise<Rendered[]> {
  const { stdout, stderr, exitCode } = await helm('template', 'postgres-operator', CHART, '--namespace', 'operators', ...flags, ...values.flatMap((value) => ['--set', value]));
  if (exitCode !== 0 || stderr !== '') throw new Error(`helm template: ${stderr}`);
  return parseAllDocuments(stdout).flatMap((document) => (document.toJSON() as Rendered | null) ?? []);
}
