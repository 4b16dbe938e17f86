// R9: one restore that is disturbed while it runs, what its clients see, and what the next run of the same request makes of it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestoreRequest } from '@postgres-operator/api';
import { FAILPOINT_VARIABLE } from '../../../packages/backup-runner/src/failpoint.ts';
import { codeOf } from '../../../packages/backup-runner/src/errors.ts';
import { clientEvery, type Seen } from '../../../packages/backup-runner/test/outage.ts';
import type { Ended, Runner } from '../../../packages/backup-runner/test/pod.ts';
import { childNamed } from '../../../packages/backup-runner/test/stories.ts';
import { contentOf } from '../backup/oracle.ts';
import type { Dice } from '../backup/dice.ts';
import { LIVE, type RestoreRig } from './rig.ts';
import { drawDisturbance, type Disturbance, type Strike } from './strikes.ts';

/** How a trial went. */
export interface Trial {
  readonly group: 'archive' | 'runner';
  readonly kind: string;
  readonly ending: string;
  /** What must not be. */
  readonly problems: readonly string[];
  readonly seconds: number;
  /** The longest time that a client waited for an answer, in seconds. */
  readonly longestGap?: number;
}

const DAY = 86_400;
/** Ended by the restore; gone while connecting, because the name had just changed; cut off. */
const CLEAN = ['57P01', '3D000', 'ECONNRESET', 'broken'];
// An attempt at the swap lets nobody in for 1 s at most; the rest is a busy machine's.
const LONGEST_GAP = 5;
const CLOSED = '55000';

/** Disturbs one restore. */
export async function tryDisturbance(rig: RestoreRig, dice: Dice): Promise<Trial> {
  const startedAt = performance.now();
  const disturbance = drawDisturbance(dice);
  await rig.reset();
  const request = requestOf(rig, disturbance);
  const client = clientEvery(20, () => rig.server.connect(LIVE, 'owner'), (session) => session.query('select 1 from item'));
  const ended = await disturbed(rig, request, disturbance.strike);
  const problems = await stateProblems(rig, disturbance, ended);
  const seen = await client.stop();
  const second = await goOn(rig, request, disturbance);
  const longestGap = seen.longestGap / 1000;
  return { group: 'runner', kind: disturbance.kind, ending: endingOf(ended), problems: [...problems, ...(disturbance.replace ? [] : clientProblems(seen)), ...second], seconds: (performance.now() - startedAt) / 1000, ...(!disturbance.replace && { longestGap }) };
}

const requestOf = (rig: RestoreRig, { keep, jobs, replace }: Disturbance): RestoreRequest =>
  rig.request(rig.own.manifest, { jobs, keepPreviousSeconds: keep ? DAY : 0, ...(replace && { mode: 'replace' }) });

async function disturbed(rig: RestoreRig, request: RestoreRequest, strike: Strike): Promise<Ended> {
  if (strike.on === 'place') return rig.start(request, { [FAILPOINT_VARIABLE]: `${strike.place}:${strike.how}` }).ended;
  const runner = rig.start(request);
  await Promise.race([sleep(strike.at * rig.seconds * 1000), runner.ended]);
  await struck(rig, runner, strike);
  return runner.ended;
}

async function struck({ server }: RestoreRig, runner: Runner, strike: Exclude<Strike, { on: 'place' }>): Promise<void> {
  if (strike.on === 'runner') {
    runner.child.kill(strike.signal);
    return;
  }
  const over = runner.ended.then(() => true);
  // Until there is something to hit, or all is over.
  while (!(await hitOne(server, runner, strike))) if (await Promise.race([sleep(2), over])) return;
}

async function hitOne(server: RestoreRig['server'], runner: Runner, strike: Exclude<Strike, { on: 'place' | 'runner' }>): Promise<boolean> {
  if (strike.on === 'session') {
    const [end, state] = strike.how === 'ended' ? ['pg_terminate_backend', 'true'] : ['pg_cancel_backend', `state = 'active'`];
    const rows = await server.query('postgres', `select ${end}(pid) from (select pid from pg_stat_activity where application_name = 'postgres-operator' and ${state} order by random() limit 1) one`);
    return rows.length > 0;
  }
  const pid = childNamed(runner.child.pid, 'pg_restore');
  if (pid !== undefined) process.kill(pid, strike.signal);
  return pid !== undefined;
}

/** How the process ended, as the controller sees it. */
const endingOf = ({ result }: Ended): string => (result.outcome === 'unreadable' ? 'silent' : result.outcome === 'failed' ? result.reason : 'succeeded');

/** The live database is the one or the other in full; what the run said is true; and without SIGKILL nothing is left. */
async function stateProblems(rig: RestoreRig, disturbance: Disturbance, ended: Ended): Promise<string[]> {
  const live = await liveOf(rig);
  const { result } = ended;
  const mayStay = result.outcome === 'unreadable' || (result.outcome === 'succeeded' && disturbance.keep);
  const left = mayStay ? [] : [...(await rig.leftovers()), ...(await rig.files())];
  return [
    ...silentProblems(disturbance.strike, ended),
    ...(endingOf(ended) === 'BackupCorrupt' ? ['it calls a good backup corrupt'] : []),
    ...(possible(disturbance, result.outcome).includes(live) ? [] : [`it ended as ${endingOf(ended)}, and the live database is ${live}`]),
    ...left.map((name) => `it left ${name}`),
  ];
}

/** What the live database may be after a run that ended so. */
function possible({ replace }: Disturbance, outcome: Ended['result']['outcome']): readonly string[] {
  if (outcome === 'succeeded') return ['backed up'];
  if (replace) return ['before', 'backed up', 'closed'];
  return outcome === 'failed' ? ['before'] : ['before', 'backed up'];
}

/** Killed before it could say anything: that a signal did, and nothing else. */
function silentProblems(strike: Strike, { result, exitCode, log }: Ended): string[] {
  const mayBeSilent = strike.on === 'runner' || (strike.on === 'place' && strike.how === 'kill');
  return result.outcome === 'unreadable' && !mayBeSilent ? [`it ended with exit code ${exitCode} and no result: ${log.trim().split('\n').at(-1)}`] : [];
}

/** Which one the live database is: by the hashes of all its rows. */
async function liveOf({ server, contents }: RestoreRig): Promise<string> {
  const startedAt = performance.now();
  try {
    await server.query(LIVE, 'select 1');
  } catch (error) {
    return codeOf(error) === CLOSED ? 'closed' : `out of reach: ${codeOf(error)}`;
  }
  if (performance.now() - startedAt > LONGEST_GAP * 1000) return 'out of reach for too long';
  const content = JSON.stringify(await contentOf(server, LIVE));
  if (content === JSON.stringify(contents.before)) return 'before';
  return content === JSON.stringify(contents.backedUp) ? 'backed up' : `neither: ${content}`;
}

function clientProblems({ longestGap, errors }: Seen): string[] {
  const other = [...new Set(errors)].filter((code) => !CLEAN.includes(code));
  return [...(longestGap > LONGEST_GAP * 1000 ? [`a client waited ${longestGap} ms`] : []), ...other.map((code) => `a client got ${code}`)];
}

/** The next run of the same request, undisturbed: it has to end well, and what was replaced is whole if it was to be kept. */
async function goOn(rig: RestoreRig, request: RestoreRequest, { keep, replace }: Disturbance): Promise<string[]> {
  await rig.newPod();
  const ended = await rig.run(request);
  if (ended.result.outcome !== 'succeeded') return [`the next run ended as ${endingOf(ended)}: ${ended.log.trim().split('\n').at(-1)}`];
  const live = await liveOf(rig);
  const left = await rig.leftovers();
  const wanted = keep && !replace ? ['previous_feedc0de'] : [];
  return [
    ...(live === 'backed up' ? [] : [`after the next run the live database is ${live}`]),
    ...(left.join() === wanted.join() ? [] : [`after the next run there is ${left.join(', ') || 'nothing'} besides it`]),
    ...(await previousProblems(rig, left)),
    ...(await rig.files()).map((file) => `after the next run there is ${file}`),
  ];
}

async function previousProblems({ server, contents }: RestoreRig, [previous]: readonly string[]): Promise<string[]> {
  if (previous === undefined) return [];
  await server.query('postgres', `alter database ${previous} allow_connections true`);
  return JSON.stringify(await contentOf(server, previous)) === JSON.stringify(contents.before) ? [] : ['the previous database is not what it was'];
}
