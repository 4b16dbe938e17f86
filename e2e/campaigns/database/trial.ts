// One kill at one step of a change of a Database, while a client writes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject, Kubectl } from '../../harness/kubectl.ts';
import { conditionOf, database, waitFor, type Manifest } from '../../harness/story.ts';
import { startWriter, type Writer } from '../../harness/writer.ts';
import { CHANGES, IMAGE, type Change, type Wanted } from './steps.ts';

/** Where it happens. */
export interface Ground {
  /** In the namespace of the Database. */
  readonly kubectl: Kubectl;
  /** In that of the operator. */
  readonly operator: Kubectl;
}

export const VICTIMS = ['primary', 'standby', 'controller', 'check Job'] as const;
export type Victim = (typeof VICTIMS)[number];

/** What is killed, and when. */
export interface Kill {
  readonly change: keyof typeof CHANGES;
  readonly step: string;
  readonly victim: Victim;
}

/** How a trial went. */
export interface KillTrial extends Kill {
  /** "as wanted", or what it was instead; and whether anybody was there to be killed. */
  readonly ending: string;
  readonly killed: boolean;
  readonly problems: readonly string[];
  readonly seconds: number;
  /** The longest time between two acknowledged rows, in seconds. */
  readonly gap: number;
}

/** All of them. */
export const KILLS: readonly Kill[] = Object.entries(CHANGES).flatMap(([change, { steps }]) => Object.keys(steps).flatMap((step) => VICTIMS.map((victim) => ({ change: change as keyof typeof CHANGES, step, victim }))));

const END_SECONDS = 300;

/** After a trial that went wrong the next one begins with a new Database, without the volumes of this one. */
const shop = (wanted: Wanted): Manifest => database('shop', { ...wanted, deletionPolicy: 'Delete' });

/** Brings the Database to what is wanted, and waits until it is. */
export async function bringTo({ kubectl }: Ground, wanted: Wanted): Promise<void> {
  await kubectl.apply(shop(wanted));
  await isReady(kubectl);
}

async function isReady(kubectl: Kubectl): Promise<void> {
  await waitFor(kubectl, 'database/shop', {
    what: 'Ready with its spec in force',
    wanted: (object) => object.status?.phase === 'Ready' && object.status['observedGeneration'] === object.metadata.generation && conditionOf(object, 'Progressing')?.status === 'False',
    seconds: END_SECONDS,
  });
}

/** Kills somebody at a step. */
export async function killAt(ground: Ground, kill: Kill): Promise<KillTrial> {
  const { kubectl } = ground;
  const change = CHANGES[kill.change];
  await bringTo(ground, change.from);
  const writer = await startWriter(kubectl, 'shop', IMAGE);
  await writer.reaches(10);
  const startedAt = performance.now();
  const reached = await reach(ground, change, kill.step);
  const killed = reached && (await strike(ground, kill.victim));
  const problems = reached ? [] : ['the step was not seen'];
  const stuck = await isReady(kubectl).then(() => [], (error: unknown) => [String(error)]);
  const seconds = (performance.now() - startedAt) / 1000;
  const { ending, wrong } = await endOf(kubectl, change);
  const rows = stuck.length > 0 ? { gap: Number.NaN, problems: [] } : await rowsOf(writer);
  return { ...kill, ending, killed, seconds, gap: rows.gap, problems: [...problems, ...stuck, ...wrong, ...rows.problems] };
}

async function rowsOf(writer: Writer): Promise<{ gap: number; problems: string[] }> {
  await writer.reaches((await writer.acknowledged()) + 10);
  const gap = await writer.longestGap();
  const missing = await writer.missing();
  return { gap, problems: missing.length === 0 ? [] : [`${missing.length} acknowledged rows are missing, the first is ${missing[0]}`] };
}

/** Makes the change, and comes back when its step is there; false when the change is over before. */
async function reach({ kubectl }: Ground, { to, steps }: Change, step: string): Promise<boolean> {
  const pods = async (): Promise<Map<string, KubeObject>> => new Map((await kubectl.list('pod', 'app=database,name=shop')).map((pod) => [pod.metadata.name, pod]));
  const before = new Map([...(await pods())].map(([name, { metadata }]) => [name, metadata.uid]));
  await kubectl.apply(shop(to));
  const deadline = Date.now() + END_SECONDS * 1000;
  while (Date.now() < deadline) {
    if (steps[step]?.({ database: await kubectl.get('database', 'shop'), pods: await pods(), before }) === true) return true;
    await sleep(50);
  }
  return false;
}

/** Kills the victim; false when there is none. */
async function strike({ kubectl, operator }: Ground, victim: Victim): Promise<boolean> {
  const deleted = async (who: Kubectl, ...what: string[]): Promise<boolean> => (await who('delete', ...what, '--ignore-not-found', '--wait=false')).includes('deleted');
  // A server has a second to stop: it is killed in the middle of that.
  const server = (pod: string): Promise<boolean> => deleted(kubectl, 'pod', pod, '--grace-period=1');
  switch (victim) {
    case 'primary':
      return server('shop-0');
    case 'standby':
      return server('shop-1');
    case 'controller':
      return deleted(operator, 'pod', '--selector=control-plane=controller-manager', '--grace-period=0', '--force');
    case 'check Job':
      return deleted(kubectl, 'job', '--selector=database.example.com/consistency-check');
  }
}

/** Whether the servers are what was wanted, or what was there before. */
async function endOf(kubectl: Kubectl, { from, to }: Change): Promise<{ ending: string; wrong: string[] }> {
  const pods = await kubectl.list('pod', 'app=database,name=shop');
  const images = [...new Set(pods.map(({ spec }) => (spec['containers'] as { image: string }[])[0]?.image))];
  const is = ({ replicas, image }: Wanted): boolean => pods.length === replicas && images.join() === image;
  if (is(to)) return { ending: 'as wanted', wrong: [] };
  if (is(from)) return { ending: 'as before', wrong: [] };
  const ending = `${pods.length} servers of ${images.join(' and ')}`;
  return { ending, wrong: [`it ended with ${ending}`] };
}
