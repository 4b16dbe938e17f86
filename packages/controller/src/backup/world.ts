import type { Backup } from '@postgres-operator/api';
import type { RunWorld } from '../run/observe.ts';
import type { DrillWorld } from './drill/observe.ts';

/** A Backup is also compared with the last good one of its schedule, and drilled. */
export interface BackupWorld extends RunWorld<Backup> {
  readonly lastGood?: Backup | undefined;
  readonly drill: DrillWorld;
}
