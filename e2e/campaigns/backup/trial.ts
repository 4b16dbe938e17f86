// One backup that is disturbed, what comes of it, and what the controller would do next.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastProgress } from '@postgres-operator/api';
import type { Ended, Runner } from '../../../packages/backup-runner/test/pod.ts';
import { childNamed } from '../../../packages/backup-runner/test/stories.ts';
import type { Fault, SmallClaim, Strike } from './faults.ts';
import { exists, faultsOf, filesOf } from './oracle.ts';
import { EARLIER, removeTools, type BackupRig, type Reference, type Spot } from './rig.ts';

/** How a trial went. */
export interface Trial {
  readonly fault: Fault;
  readonly ending: string;
  /** What must not be. */
  readonly problems: readonly string[];
  /** The backup, if there is one in the end. */
  readonly whole: Spot | undefined;
  readonly seconds: number;
}

export interface TrialOptions {
  readonly name: string;
  readonly fault: Fault;
  readonly reference: Reference;
  /** What the controller does after a run that said nothing, or not enough. */
  readonly next: 'attempt' | 'discard';
}

/** Disturbs one backup. */
export async function tryFault(rig: BackupRig, { name, fault, reference, next }: TrialOptions): Promise<Trial> {
  const startedAt = performance.now();
  const spot = rig.spot(fault.place, name);
  rig.proxy.obey(...(fault.rules ?? []));
  const { ended, seen, leave } = await disturbedRun(rig, fault, { spot, reference });
  try {
    const ending = endingOf(ended);
    const earlier = seen === spot ? [] : await faultsOf({ ...seen, path: rig.spot('claim', EARLIER).path });
    const first = [...earlier.map((problem) => `the earlier backup: ${problem}`), ...cameAbout(rig, fault), ...endingProblems(fault, ended), ...(await stateProblems(rig, { spot: seen, ended, mayLeave: fault.mayLeave === true || ending === 'silent' }))];
    rig.proxy.obey();
    const unfinished = ending === 'silent' || ending === 'Cancelled' || fault.mayLeave === true;
    const second = unfinished && ending !== 'succeeded' ? await goOn(rig, spot, next) : [];
    const whole = seen === spot && (await exists(spot)) ? spot : undefined;
    return { fault, ending, whole, problems: [...first, ...second], seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await leave();
  }
}

interface DisturbedRun {
  readonly ended: Ended;
  /** Where to look for what it wrote. */
  readonly seen: Spot;
  /** Removes what was made for this run. */
  leave(): Promise<void>;
}

async function disturbedRun(rig: BackupRig, fault: Fault, { spot, reference }: { spot: Spot; reference: Reference }): Promise<DisturbedRun> {
  const toolsFolder = fault.tool === undefined ? undefined : await rig.brokenTools(fault.tool, reference.plainBytes);
  const copy = fault.claim === undefined ? undefined : await mkdtemp(join(tmpdir(), 'campaign-claim-'));
  const through = fault.claim === undefined || copy === undefined ? undefined : throughSmallClaim(rig.pod.storage, { copy, claim: fault.claim, reference });
  const runner = rig.start(rig.dumpTo(spot), { toolsFolder, through });
  if (fault.strike !== undefined) await strike(runner, fault.strike, reference);
  return {
    ended: await runner.ended,
    seen: copy === undefined ? spot : { ...spot, root: copy },
    leave: async () => {
      await removeTools(toolsFolder);
      if (copy !== undefined) await rm(copy, { recursive: true });
    },
  };
}

// The earlier backup's files need whole pages.
const ROUNDING = 64 * 1024;

/** Runs a command with a small file system in the claim's place, which nobody else sees; what it holds in the end is copied. */
function throughSmallClaim(storage: string, { copy, claim, reference }: { copy: string; claim: SmallClaim; reference: Reference }): readonly string[] {
  const room = claim === 'read-only' ? 2 : claim.room;
  // The earlier backup lies in it too.
  const bytes = Math.ceil((1 + room) * reference.storedBytes) + ROUNDING;
  const script = `
    mount -t tmpfs -o size=${bytes} tmpfs "$copy"
    cp -a "$storage/." "$copy"
    mount --bind "$copy" "$storage"
    ${claim === 'read-only' ? 'mount -o remount,bind,ro "$storage"' : ''}
    code=0; "$@" || code=$?
    mkdir "$copy.out"; cp -a "$storage/." "$copy.out"; umount "$storage" "$copy"
    cp -a "$copy.out/." "$copy"; rm -r "$copy.out"
    exit $code`;
  return ['unshare', '--mount', 'env', `storage=${storage}`, `copy=${copy}`, 'sh', '-ec', script, 'sh'];
}

async function strike(runner: Runner, how: Strike, reference: Reference): Promise<void> {
  if (how.on === 'runner') {
    await Promise.race([sleep(how.at * reference.seconds * 1000), runner.ended]);
    runner.child.kill(how.signal);
    return;
  }
  const over = runner.ended.then(() => true);
  while (!(await Promise.race([sleep(5), over]))) {
    // Before it dumps, other calls of it are asked for its version.
    const pid = runner.log().includes('"msg":"dumping"') ? childNamed(runner.child.pid, 'pg_dump') : undefined;
    if (pid === undefined || (lastProgress(runner.log())?.percent ?? 0) < how.percent) continue;
    process.kill(pid, how.signal);
    return;
  }
}

/** How the process ended, as the controller sees it. */
export function endingOf({ result }: Ended): string {
  if (result.outcome === 'unreadable') return 'silent';
  return result.outcome === 'succeeded' ? 'succeeded' : result.reason;
}

/** A request that should have been spoilt and never came. */
function cameAbout(rig: BackupRig, { rules = [] }: Fault): string[] {
  return rules.filter(({ on, skip = 0 }) => rig.proxy.seen(on) <= skip).map(({ on, skip = 0 }) => `the fault did not come about: there were ${rig.proxy.seen(on)} requests ${on}, it waited for number ${skip + 1}`);
}

function endingProblems({ endings, strike: signal }: Fault, ended: Ended): string[] {
  const ending = endingOf(ended);
  // Killed before it could say anything: that a signal did, and nothing else.
  if (ending === 'silent' && signal?.on !== 'runner') return [`it ended with exit code ${ended.exitCode} and no result: ${ended.log.trim().split('\n').at(-1)}`];
  if (endings.some((right) => right === ending)) return [];
  const said = ended.result.outcome === 'failed' ? `: ${ended.result.message}` : '';
  return [`it ended as ${ending}${said}, not as ${endings.join(' or ')}`];
}

/** What is there must be whole and told of, or not be there. */
async function stateProblems(rig: BackupRig, { spot, ended, mayLeave }: { spot: Spot; ended: Ended; mayLeave: boolean }): Promise<string[]> {
  const { result } = ended;
  const there = await exists(spot);
  if (result.outcome === 'succeeded') return there && result.command === 'dump' ? wholeProblems(rig, spot, result.manifestSha256) : ['it succeeded, and there is no backup'];
  // A run that was killed right after its last step.
  if (there && result.outcome === 'unreadable') return faultsOf(spot);
  if (there) return [`it ended as ${endingOf(ended)}, and there is a backup under its final name`];
  return mayLeave ? [] : leftovers(rig, spot);
}

const wholeProblems = async (rig: BackupRig, spot: Spot, manifestSha256: string): Promise<string[]> => [...(await faultsOf(spot, manifestSha256)), ...(await openUploads(rig, spot))];

async function leftovers(rig: BackupRig, spot: Spot): Promise<string[]> {
  const files = await filesOf(spot);
  return [...(files.length === 0 ? [] : [`it left ${files.join(', ')}`]), ...(await openUploads(rig, spot))];
}

async function openUploads({ store }: BackupRig, { place, path }: Spot): Promise<string[]> {
  const open = place === 's3' ? (await store.openUploads()).filter((key) => key.startsWith(`${path}/`)) : [];
  return open.map((key) => `the upload of ${key} is still open`);
}

/** What the controller does next, undisturbed: it has to end well. */
async function goOn(rig: BackupRig, spot: Spot, next: TrialOptions['next']): Promise<string[]> {
  const ended = await rig.run(next === 'attempt' ? rig.dumpTo(spot) : rig.discardAt(spot));
  const { result } = ended;
  const who = next === 'attempt' ? 'the next attempt' : 'the discard';
  if (result.outcome !== 'succeeded') return [`${who} ended as ${endingOf(ended)}: ${ended.log.trim().split('\n').at(-1)}`];
  const problems = result.command === 'dump' ? await wholeProblems(rig, spot, result.manifestSha256) : await leftovers(rig, spot);
  return problems.map((problem) => `after ${who}: ${problem}`);
}
