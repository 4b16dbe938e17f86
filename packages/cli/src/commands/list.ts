import { ConditionType, findCondition, isScheduled, type Backup } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { all, find } from '../cluster/ask.ts';
import type { Command, Run } from '../command.ts';
import { Exit } from '../exit.ts';
import { summaryOf } from '../status/overview.ts';
import { table } from '../view/table.ts';
import { fromNow, newestFirst } from '../view/times.ts';

/** Lists the backups and restores of a Database, or of all of the namespace. */
export const list: Command = {
  name: 'list',
  usage: '[DATABASE]',
  summary: 'the backups, schedules and restores there are, the newest first',
  examples: ['', 'shop', "shop -o json | jq -r '.items[] | select(.kind == \"Backup\") | .status.backupLocation'"],
  options: {},
  operands: { min: 0, max: 1, of: 'database' },
  async run(context, input) {
    const [name] = input.operands;
    if (name !== undefined) await find(context, RESOURCES.databases, name);
    const [backups, restores] = await Promise.all([all(context, RESOURCES.backups), all(context, RESOURCES.restores)]);
    const runs = newestFirst([...backups, ...restores].filter(({ spec }) => name === undefined || spec.databaseRef.name === name));
    if (input.text('output') === 'json') context.terminal.out(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: runs }, undefined, 2));
    else if (runs.length === 0) context.terminal.note(`There is no Backup or Restore ${name === undefined ? `in namespace ${context.namespace}` : `of Database ${name}`}`);
    else for (const line of runLines(runs, context.pace.now())) context.terminal.out(line);
    return Exit.ok;
  },
};

/** The table of runs at a moment. */
export function runLines(runs: readonly Run[], now: number): string[] {
  const rows = runs.map((run) => {
    const { time, percent, phase, reason } = summaryOf(run);
    const { size, duration } = run.status ?? {};
    return [kindOf(run), run.metadata.name, run.spec.databaseRef.name, phase === 'InProgress' && percent !== undefined ? `${phase} ${percent} %` : phase, fromNow(time, now), size ?? '', duration ?? '', run.kind === 'Backup' ? provenWord(run) : '', phase === 'Completed' ? '' : (reason ?? '')];
  });
  return table(['KIND', 'NAME', 'DATABASE', 'PHASE', 'ENDED', 'SIZE', 'TOOK', 'PROVEN', 'WHY'], rows);
}

const kindOf = (run: Run): string => (run.kind === 'Backup' && isScheduled(run.spec) ? 'Schedule' : run.kind);

/** What a drill said of a Backup; its own words where it was none of the two. */
function provenWord({ status }: Backup): string {
  const proven = findCondition(status?.conditions, ConditionType.RestoreProven);
  return proven === undefined ? '' : ({ True: 'yes', False: 'no', Unknown: proven.reason } as const)[proven.status];
}
