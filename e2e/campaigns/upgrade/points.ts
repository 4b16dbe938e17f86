// The moments of an upgrade, of the way back and of a return at which somebody is killed, and how they are recognised. Pure.

/** What is seen of a Database: looked at many times a second. */
export interface Scene {
  /** Its status.upgrade.step. */
  readonly step: string | undefined;
  /** Names of the pods of Jobs that work on it. */
  readonly work: readonly string[];
  /** The image that the pod of its primary was made with; undefined while there is none. */
  readonly image: string | undefined;
}

/** What the Database is brought from and to. */
export interface Change {
  readonly from: string;
  readonly to: string;
  /** Its moments in order, by what they are called. */
  readonly points: Readonly<Record<string, Point>>;
}

/** One moment. */
export interface Point {
  readonly isNow: (scene: Scene) => boolean;
  /** What the name of the pod contains that works then. Absent: none does. */
  readonly work?: string;
}

export const OLD = 'postgres:14';
export const NEW = 'postgres:15';

const atWork = (work: string): Point => ({ work, isNow: (scene) => scene.work.some((name) => name.includes(work)) });
const inStep = (step: string): Point => ({ isNow: (scene) => scene.step === step });
const starting = (image: string): Point => ({ isNow: (scene) => scene.step === 'Switching' && scene.image === image });

const FENCED = {
  'sessions are ended': atWork('-prepare-'),
  'the Backup is taken': atWork('-upgrade-'),
  'it is compared': atWork('-verify-'),
};

/** The changes and their moments. `withdrawn` is an upgrade whose image is taken out of the spec again while it loads. */
export const CHANGES = {
  upgrade: {
    from: OLD,
    to: NEW,
    points: {
      'the image is looked at': atWork('-image-'),
      'the content is looked at': atWork('-check-'),
      ...FENCED,
      'the new server starts': starting(NEW),
      'the Backup is loaded': atWork('-load-'),
      'clients are let in': inStep('Serving'),
    },
  },
  'way back': { from: NEW, to: OLD, points: { ...FENCED, 'the old server starts': starting(OLD), 'clients are let in': inStep('Serving') } },
  withdrawn: { from: OLD, to: NEW, points: { 'the old server comes back': inStep('Returning') } },
} as const satisfies Readonly<Record<string, Change>>;
export type ChangeName = keyof typeof CHANGES;

export const VICTIMS = ['runner', 'controller', 'server', 'standby'] as const;
export type Victim = (typeof VICTIMS)[number];

/** Who is killed, and when. */
export interface Kill {
  readonly change: ChangeName;
  readonly point: string;
  readonly victim: Victim;
}

/** The point of a kill. */
export function pointOf({ change, point }: Kill): Point {
  const found = Object.entries<Point>(CHANGES[change].points).find(([name]) => name === point);
  if (found === undefined) throw new Error(`${change} has no point ${point}`);
  return found[1];
}

/** A runner is killed where one works, and a standby where it has something to do: all else is alone with the primary, or as it was before. */
const isThere = (victim: Victim, { work, isNow }: Point): boolean =>
  victim === 'runner' ? work !== undefined : victim !== 'standby' || isNow({ step: 'Serving', work: [], image: undefined });

/** All of them, in an order in which the end of one is mostly the beginning of the next. */
export const KILLS: readonly Kill[] = alternating(
  Object.entries(CHANGES).flatMap(([change, { points }]) =>
    Object.entries<Point>(points).flatMap(([point, what]) => VICTIMS.filter((victim) => isThere(victim, what)).map((victim): Kill => ({ change: change as ChangeName, point, victim }))),
  ),
);

/** There, and back again. */
function alternating(kills: readonly Kill[]): Kill[] {
  const back = kills.filter(({ change }) => change === 'way back');
  const there = kills.filter(({ change }) => change === 'upgrade');
  return [...there.flatMap((kill, index) => [kill, ...back.slice(index, index + 1)]), ...kills.filter(({ change }) => change === 'withdrawn')];
}

/** How a kill is called. */
export const nameOf = ({ change, point, victim }: Kill): string => `${change}, when ${point}: ${victim}`;
