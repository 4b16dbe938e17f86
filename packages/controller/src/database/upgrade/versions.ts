// Which major version the servers of a Database are to run: that of the spec, once an upgrade has brought the data there. Pure.
import { isUpgrading, type Database, type Upgrade } from '@postgres-operator/api';
import type { DatabaseWorld } from '../world.ts';
import { SERVER_CONTAINER } from '../children/desired-stateful-set.ts';
import { majorVersion } from '../server/image.ts';
import { workLeft, type UpgradeWorld } from './world.ts';

/** An image, and the major version in it. */
export interface Version {
  readonly image: string;
  readonly major: number;
}

/** What versions are worked out from. */
export type VersionsSeen = Pick<DatabaseWorld, 'database' | 'statefulSet'> & { readonly upgrade: UpgradeWorld };

/** The version that the spec asks for. */
export const wantedVersion = ({ spec }: Database): Version => ({ image: spec.image, major: majorVersion(spec) });

/** The version that the pods of the servers are made with; undefined where there is no StatefulSet, or one of somebody else's making. */
export function liveVersion({ statefulSet }: Pick<DatabaseWorld, 'statefulSet'>): Version | undefined {
  const container = statefulSet?.spec?.template.spec?.containers.find(({ name }) => name === SERVER_CONTAINER);
  const folder = container?.env?.find(({ name }) => name === 'PGDATA')?.value;
  const major = /\/(\d+)\/data$/.exec(folder ?? '')?.[1];
  return container?.image === undefined || major === undefined ? undefined : { image: container.image, major: Number(major) };
}

/** The version that the servers are to run now. An image of the same major comes by a rolling update, one of another major by an upgrade only. */
export function versionToRun(seen: VersionsSeen): Version {
  const wanted = wantedVersion(seen.database);
  const { upgrade, endpoint } = seen.database.status ?? {};
  // What never was up has no data yet; should its volume have some all the same, its scripts do not start it.
  if (endpoint === undefined) return wanted;
  const held = upgrade === undefined ? liveVersion(seen) : heldBy(upgrade, seen);
  if (held === undefined) return wanted;
  return held.major === wanted.major && !isUpgrading(upgrade?.step) ? wanted : held;
}

function heldBy({ step, from, to }: Upgrade, seen: VersionsSeen): Version | undefined {
  switch (step) {
    case 'Switching':
    case 'Loading':
    case 'Serving':
    case 'Done':
      return to;
    case 'Returning':
      // What still loads into the new server must not meet the old one.
      return workLeft(seen.upgrade) ? liveVersion(seen) ?? from : from;
    default:
      return from;
  }
}

/** How many servers there are to be while the data changes hands: standbys of one major cannot follow a primary of another. Empty: as many as the spec wants. */
export function scaleOf(seen: VersionsSeen): { readonly replicas?: number } {
  const { upgrade } = seen.database.status ?? {};
  switch (upgrade?.step) {
    case 'Switching':
    case 'Loading':
      return { replicas: 1 };
    case 'Returning':
      // Where nothing was switched yet, the standbys still follow.
      return { replicas: liveVersion(seen)?.major === upgrade.from.major ? (seen.statefulSet?.spec?.replicas ?? 1) : 1 };
    default:
      return {};
  }
}
