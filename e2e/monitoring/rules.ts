// The alerts of the chart, and the same for a Prometheus that has no hours to wait. Pure but for reading the file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHART } from '../harness/chart.ts';

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
}

/** Rules as Prometheus reads them. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** As the chart ships them. */
export const chartRules = (): RuleFile => parse(readFileSync(join(CHART, 'files', 'alerts.yaml'), 'utf8')) as RuleFile;

/** Seconds that an expression of the chart waits by itself, and those that a test waits instead: above all that is seen without a fault. */
const SHORTER: Readonly<Record<string, { readonly than: number; readonly seconds: number }>> = {
  DatabaseNotBackedUp: { than: 86_400, seconds: 1 },
  DatabaseRunWaiting: { than: 3600, seconds: 1 },
  PostgresOperatorQueueStuck: { than: 120, seconds: 8 },
  // A watch that is well is silent for up to 33 s.
  PostgresOperatorWatchSilent: { than: 120, seconds: 40 },
};

/** The same rules without patience: nothing has to last (`for`), and what is to be older than hours is to be older than seconds. */
export function withoutPatience({ groups }: RuleFile): RuleFile {
  return { groups: groups.map((group) => ({ ...group, rules: group.rules.map((rule) => ({ ...rule, for: '0s', expr: hurried(rule) })) })) };
}

function hurried({ alert, expr }: Rule): string {
  const shorter = SHORTER[alert];
  if (shorter === undefined) return expr;
  const before = `> ${shorter.than}`;
  if (!expr.includes(before)) throw new Error(`${alert} has no "${before}" that could be shortened: ${expr}`);
  return expr.replace(before, `> ${shorter.seconds}`);
}

/** Names of the alerts of a group. */
export const alertsOf = ({ groups }: RuleFile, name: string): string[] => groups.filter((group) => group.name === name).flatMap(({ rules }) => rules.map(({ alert }) => alert));
