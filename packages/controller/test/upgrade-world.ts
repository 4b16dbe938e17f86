// Worlds of a Database whose major version is changed.
import type { DatabaseSpec, DatabaseStatus, Upgrade } from '@postgres-operator/api';
import type { ContainerState } from 'kubernetes-types/core/v1.d.ts';
import { askedBy } from '../src/database/upgrade/asked.ts';
import { upgradeJobName, type UpgradeWork } from '../src/database/upgrade/identity.ts';
import type { DatabaseWorld } from '../src/database/world.ts';
import type { FollowUp } from '../src/run/follow-up.ts';
import { aWorld } from './database-world.ts';
import { aDatabase, aJob, anUpgrade, aPod, ended, NOW, READY } from './fixtures.ts';

/** The status of a Database that was up. */
export const UP: DatabaseStatus = { ...READY, endpoint: 'orders.shop.svc.cluster.local:5432' };

export interface UpgradeParts {
  readonly upgrade?: Partial<Upgrade>;
  readonly status?: DatabaseStatus;
  readonly spec?: Partial<DatabaseSpec>;
  /** The major that the servers were made with. */
  readonly made?: 14 | 15;
  readonly world?: Partial<DatabaseWorld>;
  /** Jobs of the upgrade. */
  readonly work?: readonly FollowUp[];
}

/** A world in which spec.image is postgres:15, and the servers are of `made`. */
export function anUpgradingWorld({ upgrade, status, spec, made = 14, world, work = [] }: UpgradeParts = {}): DatabaseWorld {
  const asked = { spec: { image: 'postgres:15', ...spec } };
  const whole = { ...UP, ...(upgrade && { upgrade: anUpgrade({ ...askedBy(aDatabase(asked)), ...upgrade }) }), ...status };
  const database = aDatabase({ ...asked, status: whole });
  const servers = aDatabase({ spec: { ...spec, image: `postgres:${made}` }, status: whole });
  const seen = aWorld({ database, ...world }, servers);
  return { ...seen, upgrade: { ...seen.upgrade, ...world?.upgrade, work } };
}

export interface WorkParts {
  readonly upgrade?: Partial<Upgrade>;
  readonly result?: object;
  readonly state?: ContainerState;
}

/** A Job of an upgrade: at work, or ended with a result. */
export function someWork(work: UpgradeWork, { upgrade, result, state }: WorkParts = {}): FollowUp {
  const isOver = result !== undefined || state?.terminated !== undefined;
  const job = aJob({ metadata: { name: upgradeJobName(aDatabase(), anUpgrade(upgrade), work) }, ...(isOver && { conditions: [{ type: 'Complete' }] }) });
  const pod = aPod({ job, state: state ?? (result === undefined ? { running: {} } : ended(0, result)) });
  return { job, pods: [pod] };
}

/** The look at an image with PostgreSQL of a major. */
export function aLook(major: number, upgrade?: Partial<Upgrade>): FollowUp {
  const { job, pods } = someWork('image', { ...(upgrade && { upgrade }), state: ended(0) });
  const terminated = { exitCode: 0, message: `version postgres (PostgreSQL) ${major}.3\nextensions btree_gist plpgsql\nlocales C en_US.utf8 POSIX\n` };
  return { job, pods: pods.map((pod) => ({ ...pod, status: { phase: 'Succeeded', containerStatuses: [{ name: 'postgres', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } }] } })) };
}

const times = { startedAt: NOW, finishedAt: NOW };
const succeeded = { v: 1, outcome: 'succeeded' } as const;
export const RESULTS = {
  check: { ...succeeded, command: 'upgradeCheck', findings: [], notes: ['a note'], serverVersion: '14.12', tables: 3, bytes: 1000, neededBytes: 2000, estimateSeconds: 20, ...times },
  prepare: { ...succeeded, command: 'upgradePrepare', sessionsEnded: 2, roles: 3, settings: 0, ...times },
  verify: { ...succeeded, command: 'upgradeVerify', findings: [] as object[], ...times },
  load: { ...succeeded, command: 'upgradeLoad', serverVersion: '15.3', tables: 3, rows: 30, bytes: 900, notes: [], ...times },
} as const;
