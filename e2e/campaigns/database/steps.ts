// The steps of an update and of scaling at which somebody is killed, and how they are recognised.
import type { ApiObject } from '../api.ts';

/** What is seen of a Database: looked at several times a second. */
export interface Scene {
  readonly database: ApiObject | undefined;
  /** By name. */
  readonly pods: ReadonlyMap<string, ApiObject>;
  /** The pods as they were before the change, by name: their UIDs. */
  readonly before: ReadonlyMap<string, string>;
}

/** What the Database is brought to. */
export interface Wanted {
  readonly replicas: number;
  readonly image: string;
}

export interface Change {
  /** Servers before it and after it. */
  readonly replicas: readonly [before: number, after: number];
  /** True for one that gives them another image. */
  readonly updates: boolean;
  /** Its steps in order, by what they are called. */
  readonly steps: Readonly<Record<string, (scene: Scene) => boolean>>;
}

/** What the name of an image ends in that has the same content, under the name that the next minor version would have. */
const NEXT = '.next';
export const nextOf = (image: string): string => `${image}${NEXT}`;

/** What a change starts from with the image that is there, and what it comes to. Pure. */
export function endsOf({ replicas: [before, after], updates }: Change, image: string): { readonly from: Wanted; readonly to: Wanted } {
  const other = image.endsWith(NEXT) ? image.slice(0, -NEXT.length) : nextOf(image);
  return { from: { replicas: before, image }, to: { replicas: after, image: updates ? other : image } };
}

/** It is in phase Verifying, or just was: where the check has ended before the last server was ready, that takes less than a look. */
function isVerified({ database }: Scene): boolean {
  const { phase, observedGeneration } = database?.status ?? {};
  return phase === 'Verifying' || (phase === 'Ready' && observedGeneration === database?.metadata.generation);
}

/** The pod from before is on its way out, or gone. */
const goes = (pod: string) => ({ pods, before }: Scene): boolean => {
  const metadata = pods.get(pod)?.metadata;
  return metadata?.uid !== before.get(pod) || metadata?.deletionTimestamp !== undefined;
};
const isThere = (pod: string) => ({ pods }: Scene): boolean => pods.has(pod);
const runs = (pod: string) => ({ pods }: Scene): boolean => pods.get(pod)?.status?.phase === 'Running';

/** The changes and their steps. Pure. */
export const CHANGES: Readonly<Record<'update' | 'down' | 'up', Change>> = {
  update: {
    replicas: [3, 3],
    updates: true,
    steps: { 'the first standby goes': goes('shop-2'), 'the second standby goes': goes('shop-1'), 'the primary goes': goes('shop-0'), 'it is verified': isVerified },
  },
  down: {
    replicas: [3, 1],
    updates: false,
    steps: { 'the first standby goes': goes('shop-2'), 'the other standby goes': goes('shop-1') },
  },
  up: {
    replicas: [1, 3],
    updates: false,
    steps: { 'the standbys are made': isThere('shop-2'), 'the standbys copy the primary': (scene) => runs('shop-1')(scene) && runs('shop-2')(scene), 'it is verified': isVerified },
  },
};

/** A step of a change. */
export interface Moment {
  readonly change: keyof typeof CHANGES;
  readonly step: string;
}

/** All of them: down and up in turns, so that the one begins where the other has ended. */
export const MOMENTS: readonly Moment[] = [...momentsOf('update'), ...inTurns(momentsOf('down'), momentsOf('up'))];

function momentsOf(change: Moment['change']): Moment[] {
  return Object.keys(CHANGES[change].steps).map((step) => ({ change, step }));
}

function inTurns(some: readonly Moment[], others: readonly Moment[]): Moment[] {
  return others.flatMap((other, index) => [...some.slice(index, index + 1), other]);
}
