import type { Backup, Database, Restore } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { UsageError } from '../arguments.ts';
import { all, find } from '../cluster/ask.ts';
import { runnerContainer } from '../cluster/runner-container.ts';
import type { Command, Context, Input, Run } from '../command.ts';
import { Exit, PluginError } from '../exit.ts';
import { followLog } from '../logs/follow-log.ts';
import { WORK } from '../logs/subjects.ts';
import { logLine } from '../view/log-line.ts';
import { newestFirst } from '../view/times.ts';
import { readyOf, titleOf } from '../wait/stand.ts';

/** Where a log is asked for. */
interface Source {
  /** For messages. */
  readonly title: string;
  readonly selector: string;
  /** What is said when no pod is there. */
  readonly gone: string;
}

/** Shows what a runner has said. */
export const logs: Command = {
  name: 'logs',
  usage: 'KIND/NAME [--follow]',
  summary: 'what the runner of a backup, restore, drill or check says',
  details:
    'KIND is backup or restore; drill, of a backup; deletion, of the data of a backup, also by retention; scan, of a schedule; check or upgrade, of a database.\nA log is there as long as its pod: that of a run as long as the run, unless somebody deletes it. Of several the newest; --attempt chooses an earlier one of a backup or restore. With -o json the lines are as the runner wrote them.',
  examples: ['backup/shop-monday', 'restore/undo-monday --follow', 'backup/shop-monday --attempt 1', 'drill/shop-monday', 'check/shop'],
  options: {
    follow: { type: 'boolean', short: 'f', description: 'go on until the runner has ended, also where the line breaks' },
    attempt: { type: 'string', value: 'NUMBER', description: 'of a backup or restore that was tried several times: which of them' },
  },
  operands: { min: 1, max: 1, of: 'log' },
  async run(context, input) {
    const { kube, namespace, terminal, signal } = context;
    const source = await sourceOf(context, input);
    const [newest] = newestFirst((await all(context, RESOURCES.pods, source.selector)).filter((pod) => runnerContainer(pod.spec)?.name !== undefined));
    if (newest === undefined) throw new PluginError(Exit.failed, source.gone);
    const isData = input.text('output') === 'json';
    const container = runnerContainer(newest.spec)?.name;
    const lines = input.flag('follow') ? followLog(context, { ...source, pod: newest.metadata, container }) : kube.log({ namespace, name: newest.metadata.name }, { container }, signal);
    try {
      for await (const line of lines) terminal.out(isData ? line : logLine(line));
    } catch (error) {
      if (signal.aborted) throw new PluginError(Exit.interrupted, `Interrupted. ${source.title} goes on in the cluster`);
      throw error;
    }
    return Exit.ok;
  },
};

async function sourceOf(context: Context, input: Input): Promise<Source> {
  const [operand = ''] = input.operands;
  const [kind = '', name = ''] = operand.split('/');
  if (name === '') throw new UsageError(`logs: say of which kind ${operand} is, such as backup/${operand} or restore/${operand}`, logs);
  if (kind === 'backup') return ofRun(await find<Backup>(context, RESOURCES.backups, name), input);
  if (kind === 'restore') return ofRun(await find<Restore>(context, RESOURCES.restores, name), input);
  const work = WORK[kind];
  if (work === undefined) throw new UsageError(`logs: ${kind} is none of backup, restore, ${Object.keys(WORK).join(', ')}`, logs);
  if (input.text('attempt') !== undefined) throw new UsageError('logs: --attempt is for a backup or restore', logs);
  if (work.outlives !== true) await (work.of === 'Backup' ? find<Backup>(context, RESOURCES.backups, name) : find<Database>(context, RESOURCES.databases, name));
  const title = `The ${kind} of ${work.of} ${name}`;
  return { title, selector: work.selector(name), gone: `There is no pod of a ${kind} of ${work.of} ${name} in namespace ${context.namespace}: there was none, or its log is gone with it. It is kept ${work.kept}` };
}

/** Each attempt of a run has a Job, whose name ends with its number. The Job makes another pod only when the first is lost. */
function ofRun(run: Run, input: Input): Source {
  const { jobName } = run.status ?? {};
  const attempt = input.text('attempt');
  if (attempt !== undefined && !/^[1-9]\d*$/.test(attempt)) throw new UsageError(`logs: --attempt is a number from 1, not ${attempt}`, logs);
  const ready = readyOf(run);
  const stands = `${run.status?.phase ?? 'Pending'}${ready === undefined ? '' : ` (${ready.reason}: ${ready.message})`}`;
  if (jobName === undefined) throw new PluginError(Exit.failed, `${titleOf(run)} has not started, and has no log: it is ${stands}`);
  const name = attempt === undefined ? jobName : jobName.replace(/\d+$/, attempt);
  const of = attempt === undefined ? titleOf(run) : `attempt ${attempt} of ${titleOf(run)}`;
  return { title: titleOf(run), selector: `job-name=${name}`, gone: `The pod of ${of} is gone, and its log with it. The run is ${stands}` };
}
