// Kills the controller at each write of a Backup and of a Restore, starts it again as the kubelet would, and looks
// whether everything ended as it does without a fault.
import type { ApiObject } from './api.ts';
import { differences, endStateOf, faultless, type EndState } from './end-state.ts';
import { worksIn, type Write } from './journal.ts';
import { createObject, jobsPath, pathOf, RUN_KINDS, untilPhase, type RunKind } from './objects.ts';
import type { Point } from './points.ts';
import type { Stage } from './proxy.ts';
import type { Rig } from './rig.ts';

/** lost: the controller dies before it hears the answer. heard: right after. */
export type Variant = 'lost' | 'heard';
export const VARIANTS: readonly Variant[] = ['lost', 'heard'];

export interface Reference {
  readonly kind: RunKind;
  /** Writes of a run without a fault. */
  readonly writes: readonly string[];
  readonly state: EndState;
}

export interface KillTrial {
  readonly kind: RunKind;
  readonly variant: Variant;
  /** The write that was the controller's last. */
  readonly write: string;
  /** False when the run had no such write. */
  readonly reached: boolean;
  readonly problems: readonly string[];
  readonly seconds: number;
}

const describe = ({ method, path }: Write): string => `${method} ${path.split('?')[0]?.replace(/^.*\/namespaces\/[^/]+\//, '')}`;

/** A run without a fault: what it writes, and how it ends. */
export async function referenceRun(rig: Rig, kind: RunKind, name = `no-fault-${kind.toLowerCase()}`): Promise<Reference> {
  const { ground, journal } = rig;
  const mark = journal.mark();
  const expected = await expectedContent(rig, kind);
  const object = await createObject(ground.api, kind, { namespace: ground.namespace, name });
  await untilPhase(ground.api, pathOf(kind, ground.namespace, name), ['Completed', 'Failed']);
  await rig.settled();
  const writes = journal.since(mark);
  const state = await endStateOf(ground, kind, object, { writes, content: expected });
  return { kind, writes: writes.filter(worksIn(ground.namespace)).map(describe), state };
}

/** One kill: after a write for a new object of that name. Events count, Leases do not. */
export async function killTrial(rig: Rig, reference: Reference, kill: { point: Point; variant: Variant; name: string }): Promise<KillTrial> {
  const { ground, journal } = rig;
  const { kind } = reference;
  const { point, variant, name } = kill;
  const startedAt = performance.now();
  const post = await rig.settled();
  const mark = journal.mark();
  const expected = await expectedContent(rig, kind);
  const killed = killAfter(rig, post, { point, stage: variant === 'lost' ? 'answered' : 'delivered' });
  const object = await createObject(ground.api, kind, { namespace: ground.namespace, name });
  const path = pathOf(kind, ground.namespace, name);
  // Some writes come after the last status: the run may have ended before the kill.
  const ended = untilPhase(ground.api, path, ['Completed', 'Failed']).then(() => rig.settled());
  ended.catch(() => undefined);
  const write = await Promise.race([killed, ended.then(() => undefined)]);
  post.proxy.onWrite = () => undefined;
  if (write !== undefined) await post.controller.start();
  await untilPhase(ground.api, path, ['Completed', 'Failed']);
  await rig.settled();
  const state = await endStateOf(ground, kind, object, { writes: journal.since(mark), content: expected });
  const problems = [...new Set([...faultless(state), ...differences(state, reference.state)])];
  return { kind, variant, write: write === undefined ? '' : describe(write), reached: write !== undefined, problems, seconds: (performance.now() - startedAt) / 1000 };
}

/** What the tables have to hold in the end; before a Restore there is something to mend. */
export async function expectedContent({ ground, content }: Rig, kind: RunKind): Promise<unknown> {
  if (kind === 'Backup') return ground.content();
  await ground.damage();
  return content;
}

/** Kills the controller at a stage of a write, counted from now; resolves with that write when it is dead. */
function killAfter(rig: Rig, { controller, proxy }: Rig['posts'][number], { point, stage }: { point: Point; stage: Stage }): Promise<Write> {
  const works = worksIn(rig.ground.namespace);
  const numbers = new Map<Write, number>();
  return new Promise((resolve) => {
    proxy.onWrite = async (write, at) => {
      if (at === 'received' && works(write)) numbers.set(write, numbers.size + 1);
      const number = numbers.get(write);
      if (at !== stage || number === undefined || !point(write, number)) return;
      await controller.kill();
      resolve(write);
    };
  });
}

/** What is wrong with the namespace as a whole in the end: Jobs that work for nothing, or several for one object. */
export async function leftovers({ ground: { api, namespace } }: Rig): Promise<string[]> {
  const owned = new Map<string, string>();
  for (const kind of RUN_KINDS) for (const { metadata } of await api.list(pathOf(kind, namespace))) owned.set(metadata.uid, `${kind} ${metadata.name}`);
  // The Jobs of Databases check them: they come and go on their own.
  const jobs = (await api.list(jobsPath(namespace))).filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind !== 'Database');
  const ownerOf = ({ metadata }: ApiObject): string => metadata.ownerReferences?.[0]?.uid ?? '';
  const orphans = jobs.filter((job) => !owned.has(ownerOf(job))).map(({ metadata }) => `Job ${metadata.name} belongs to nothing`);
  const doubles = [...owned].filter(([uid]) => jobs.filter((job) => ownerOf(job) === uid).length !== 1).map(([, name]) => `${name} does not have exactly one Job`);
  return [...orphans, ...doubles];
}
