// The steps of an update and of scaling at which somebody is killed, and how they are recognised.
import type { KubeObject } from '../../harness/kubectl.ts';

/** What is seen of a Database: looked at several times a second. */
export interface Scene {
  readonly database: KubeObject | undefined;
  /** By name. */
  readonly pods: ReadonlyMap<string, KubeObject>;
  /** The pods as they were before the change, by name: their UIDs. */
  readonly before: ReadonlyMap<string, string>;
}

/** What the Database is brought to. */
export interface Wanted {
  readonly replicas: number;
  readonly image: string;
}

export interface Change {
  readonly from: Wanted;
  readonly to: Wanted;
  /** Its steps in order, by what they are called. */
  readonly steps: Readonly<Record<string, (scene: Scene) => boolean>>;
}

export const IMAGE = 'postgres:15';
/** The same content under the name that the next minor version would have. */
export const NEXT = `${IMAGE}.next`;

const phaseIs = (phase: string) => ({ database }: Scene): boolean => database?.status?.phase === phase;

/** The pod from before is on its way out, or gone. */
const goes = (pod: string) => ({ pods, before }: Scene): boolean => {
  const metadata = pods.get(pod)?.metadata;
  return metadata?.uid !== before.get(pod) || metadata?.deletionTimestamp !== undefined;
};
const isThere = (pod: string) => ({ pods }: Scene): boolean => pods.has(pod);
const runs = (pod: string) => ({ pods }: Scene): boolean => pods.get(pod)?.status?.phase === 'Running';

/** The changes and their steps. Pure. */
export const CHANGES: Readonly<Record<'update' | 'up' | 'down', Change>> = {
  update: {
    from: { replicas: 3, image: IMAGE },
    to: { replicas: 3, image: NEXT },
    steps: { 'the first standby goes': goes('shop-2'), 'the second standby goes': goes('shop-1'), 'the primary goes': goes('shop-0'), 'it is verified': phaseIs('Verifying') },
  },
  up: {
    from: { replicas: 1, image: IMAGE },
    to: { replicas: 3, image: IMAGE },
    steps: { 'the standbys are made': isThere('shop-2'), 'the standbys copy the primary': (scene) => runs('shop-1')(scene) && runs('shop-2')(scene), 'it is verified': phaseIs('Verifying') },
  },
  down: {
    from: { replicas: 3, image: IMAGE },
    to: { replicas: 1, image: IMAGE },
    steps: { 'the first standby goes': goes('shop-2'), 'the other standby goes': goes('shop-1') },
  },
};
