// One kill at one step of a change of a Database, while a client writes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubectl } from '../../harness/kubectl.ts';
import { OPERATOR_NAMESPACE } from '../../harness/operator.ts';
import { database, waitFor, type Manifest } from '../../harness/story.ts';
import { startWriter, type Writer } from '../../harness/writer.ts';
import type { AdminApi, ApiObject } from '../api.ts';
import type { KillEnding } from '../kill-ending.ts';
import { jobsPath, pathOf, podsPath } from '../objects.ts';
import { CHANGES, endsOf, MOMENTS, type Change, type Moment, type Wanted } from './steps.ts';

/** Where it happens. */
export interface Ground {
  /** In the namespace of the Database. */
  readonly kubectl: Kubectl;
  /** For what must not take the time of a kubectl. */
  readonly api: AdminApi;
}

export const VICTIMS = ['primary', 'standby', 'controller', 'check Job'] as const;
export type Victim = (typeof VICTIMS)[number];

/** What is killed, and when. */
export interface Kill extends Moment {
  readonly victim: Victim;
}

/** How a trial went: "as wanted", or what it was instead. */
export interface KillTrial extends Kill, KillEnding {}

/** All of them, one step after the other, and another victim each time: a short campaign then has something of each. */
export const KILLS: readonly Kill[] = VICTIMS.flatMap((_, round) => MOMENTS.map((moment, index) => ({ ...moment, victim: VICTIMS[(index + round) % VICTIMS.length] ?? 'primary' })));

const END_SECONDS = 300;

/** After a trial that went wrong the next one begins with a new Database, without the volumes of this one. */
const shop = (wanted: Wanted): Manifest => database('shop', { ...wanted, deletionPolicy: 'Delete' });

/** Brings the Database to what is wanted, and waits until it is. */
export async function bringTo({ kubectl }: Ground, wanted: Wanted): Promise<void> {
  await kubectl.apply(shop(wanted));
  await isReady(kubectl);
}

const isDone = ({ metadata, status }: ApiObject): boolean =>
  status?.phase === 'Ready' && status['observedGeneration'] === metadata.generation && status.conditions?.find(({ type }) => type === 'Progressing')?.status === 'False';

const isReady = (kubectl: Kubectl): Promise<unknown> => waitFor(kubectl, 'database/shop', { what: 'Ready with its spec in force', wanted: isDone, seconds: END_SECONDS });

/** Kills somebody at a step. A Database that is not there yet begins with the image. */
export async function killAt(ground: Ground, kill: Kill, image: string): Promise<KillTrial> {
  const { kubectl } = ground;
  const change = CHANGES[kill.change];
  const ends = endsOf(change, String((await kubectl.get('database', 'shop'))?.spec['image'] ?? image));
  await bringTo(ground, ends.from);
  const writer = await startWriter(kubectl, 'shop', image);
  await writer.reaches(10);
  const startedAt = performance.now();
  const reached = await reach(ground, { change: () => kubectl.apply(shop(ends.to)), recognised: change.steps[kill.step] });
  const killed = reached && (await strikeWhenThere(ground, kill.victim));
  const problems = reached ? [] : ['the step was not seen'];
  const stuck = await isReady(kubectl).then(() => [], (error: unknown) => [String(error)]);
  const seconds = (performance.now() - startedAt) / 1000;
  const { ending, wrong } = await endOf(kubectl, ends);
  const rows = stuck.length > 0 ? { gap: Number.NaN, problems: [] } : await rowsOf(writer);
  return { ...kill, ending, killed, seconds, gap: rows.gap, problems: [...problems, ...stuck, ...wrong, ...rows.problems] };
}

async function rowsOf(writer: Writer): Promise<{ gap: number; problems: string[] }> {
  await writer.reaches((await writer.acknowledged()) + 10);
  const gap = await writer.longestGap();
  const missing = await writer.missing();
  return { gap, problems: missing.length === 0 ? [] : [`${missing.length} acknowledged rows are missing, the first is ${missing[0]}`] };
}

/** Makes a change, and comes back when its step is there; false when the change is over before. */
export async function reach({ api, kubectl: { namespace } }: Ground, { change, recognised }: { change: () => Promise<unknown>; recognised: Change['steps'][string] | undefined }): Promise<boolean> {
  const servers = `${podsPath(namespace)}?labelSelector=${encodeURIComponent('app=database,name=shop')}`;
  const pods = async (): Promise<Map<string, ApiObject>> => new Map((await api.list(servers)).map((pod) => [pod.metadata.name, pod]));
  const before = new Map([...(await pods())].map(([name, { metadata }]) => [name, metadata.uid]));
  await change();
  const deadline = Date.now() + END_SECONDS * 1000;
  while (Date.now() < deadline) {
    const object = await api.get(pathOf('Database', namespace, 'shop'));
    if (recognised?.({ database: object, pods: await pods(), before }) === true) return true;
    if (object !== undefined && isDone(object)) return false;
    await sleep(10);
  }
  return false;
}

/** A check's Job is not at work at every step: the next one is killed then. False when there was nobody to kill until the change was over. */
async function strikeWhenThere(ground: Ground, victim: Victim): Promise<boolean> {
  for (;;) {
    if (await strike(ground, victim)) return true;
    const object = await ground.api.get(pathOf('Database', ground.kubectl.namespace, 'shop'));
    if (victim !== 'check Job' || object === undefined || isDone(object)) return false;
    await sleep(10);
  }
}

/** Kills the victim of Database shop; false when there is none. */
export async function strike({ api, kubectl: { namespace } }: Ground, victim: Victim): Promise<boolean> {
  const deleted = async (path: string, options: object): Promise<boolean> => {
    const { status, body } = await api.ask('DELETE', path, options);
    return status < 300 && (body as { items?: readonly unknown[] }).items?.length !== 0;
  };
  // A server has a second to stop: it is killed in the middle of that.
  const server = (pod: string): Promise<boolean> => deleted(`${podsPath(namespace)}/${pod}`, { gracePeriodSeconds: 1 });
  switch (victim) {
    case 'primary':
      return server('shop-0');
    case 'standby':
      return server('shop-1');
    case 'controller':
      return deleted(`${podsPath(OPERATOR_NAMESPACE)}?labelSelector=${encodeURIComponent('control-plane=controller-manager')}`, { gracePeriodSeconds: 0 });
    case 'check Job':
      // One that has ended stays for a while, and is nobody to kill.
      return deleted(`${jobsPath(namespace)}?labelSelector=${encodeURIComponent('database.example.com/consistency-check')}&fieldSelector=status.successful%3D0`, { propagationPolicy: 'Background' });
  }
}

/** Whether the servers are what was wanted, or what was there before. */
async function endOf(kubectl: Kubectl, { from, to }: { from: Wanted; to: Wanted }): Promise<{ ending: string; wrong: string[] }> {
  const pods = await kubectl.list('pod', 'app=database,name=shop');
  const images = [...new Set(pods.map(({ spec }) => (spec['containers'] as { image: string }[])[0]?.image))];
  const is = ({ replicas, image }: Wanted): boolean => pods.length === replicas && images.join() === image;
  if (is(to)) return { ending: 'as wanted', wrong: [] };
  if (is(from)) return { ending: 'as before', wrong: [] };
  const ending = `${pods.length} servers of ${images.join(' and ')}`;
  return { ending, wrong: [`it ended with ${ending}`] };
}
