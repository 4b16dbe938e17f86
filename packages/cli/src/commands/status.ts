import { LABEL_DATABASE } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { all, allIfAllowed, find } from '../cluster/ask.ts';
import type { Command, Context } from '../command.ts';
import { Exit } from '../exit.ts';
import { overviewOf, type Overview } from '../status/overview.ts';
import { lines, screen } from '../status/screen.ts';

/** Shows how a Database stands, or all of the namespace. */
export const status: Command = {
  name: 'status',
  usage: '[DATABASE]',
  summary: 'how a database stands: servers, lag, newest backup, proof, next run, trouble',
  details: 'Without a name: a line for each database of the namespace. The exit code is 1 when there is trouble.',
  examples: ['shop', '', 'shop -o json'],
  options: {},
  operands: { min: 0, max: 1, of: 'database' },
  async run(context, input) {
    const { terminal, pace } = context;
    const [name] = input.operands;
    const overviews = await look(context, name);
    const showing = { now: pace.now(), paint: terminal.paint };
    if (input.text('output') === 'json') terminal.out(JSON.stringify(name === undefined ? { items: overviews } : overviews[0], undefined, 2));
    else if (overviews.length === 0) terminal.note(`There is no Database in namespace ${context.namespace}`);
    else for (const line of name === undefined ? lines(overviews, showing) : overviews.flatMap((overview) => screen(overview, showing))) terminal.out(line);
    return overviews.every(({ troubles }) => troubles.length === 0) ? Exit.ok : Exit.failed;
  },
};

async function look(context: Context, name: string | undefined): Promise<Overview[]> {
  const databases = name === undefined ? await all(context, RESOURCES.databases) : [await find(context, RESOURCES.databases, name)];
  const [backups, restores, pods] = await Promise.all([all(context, RESOURCES.backups), all(context, RESOURCES.restores), allIfAllowed(context, RESOURCES.pods, LABEL_DATABASE)]);
  return databases.map((database) => overviewOf(database, { backups, restores, pods }));
}
