import type { Backup, Restore } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { UsageError } from '../arguments.ts';
import { all, find } from '../cluster/ask.ts';
import type { Command, Context, Run } from '../command.ts';
import { Exit, PluginError } from '../exit.ts';
import { logLine } from '../view/log-line.ts';
import { newestFirst } from '../view/times.ts';
import { readyOf, titleOf } from '../wait/stand.ts';

/** Shows what the runner of a Backup or Restore has said. */
export const logs: Command = {
  name: 'logs',
  usage: 'backup/NAME | restore/NAME [--follow]',
  summary: 'what the runner of a backup or restore says',
  details: 'Of several attempts the last one. With -o json the lines are as the runner wrote them.',
  examples: ['backup/shop-monday', 'restore/undo-monday --follow'],
  options: { follow: { type: 'boolean', short: 'f', description: 'go on until the runner has ended' } },
  operands: { min: 1, max: 1, of: 'run' },
  async run(context, input) {
    const { kube, terminal, signal } = context;
    const run = await findRun(context, input.operands[0] ?? '');
    const pod = await podOf(context, run);
    const isData = input.text('output') === 'json';
    const lines = kube.log({ namespace: context.namespace, name: pod }, { follow: input.flag('follow') }, signal);
    try {
      for await (const line of lines) terminal.out(isData ? line : logLine(line));
    } catch (error) {
      if (signal.aborted) throw new PluginError(Exit.interrupted, `Interrupted. ${titleOf(run)} goes on in the cluster`);
      throw error;
    }
    return Exit.ok;
  },
};

function findRun(context: Context, operand: string): Promise<Run> {
  const [kind, name] = operand.split('/');
  if (name === undefined || name === '') throw new UsageError(`logs: say of which kind ${operand} is: backup/${operand} or restore/${operand}`, logs);
  if (kind === 'backup') return find<Backup>(context, RESOURCES.backups, name);
  if (kind === 'restore') return find<Restore>(context, RESOURCES.restores, name);
  throw new UsageError(`logs: ${kind} is neither backup nor restore`, logs);
}

/** The newest pod of a run. Its Job makes another one only when the first is lost. */
async function podOf(context: Context, run: Run): Promise<string> {
  const { jobName } = run.status ?? {};
  const ready = readyOf(run);
  const stands = `${run.status?.phase ?? 'Pending'}${ready === undefined ? '' : ` (${ready.reason}: ${ready.message})`}`;
  if (jobName === undefined) throw new PluginError(Exit.failed, `${titleOf(run)} has not started, and has no log: it is ${stands}`);
  const pods = await all(context, RESOURCES.pods, `job-name=${jobName}`);
  const [newest] = newestFirst(pods);
  if (newest === undefined) throw new PluginError(Exit.failed, `The pod of ${titleOf(run)} is gone, and its log with it. The run is ${stands}`);
  return newest.metadata.name;
}
