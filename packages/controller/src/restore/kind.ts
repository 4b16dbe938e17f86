import { ConditionType, Reason, type Restore } from '@postgres-operator/api';
import type { Config } from '../config.ts';
import { isUnresolved } from '../run/attempts.ts';
import type { RunKind } from '../run/kind.ts';
import type { RunNames } from '../run/status.ts';
import { checkRestore } from './checks.ts';
import { completion } from './completed.ts';
import { desiredRestoreJob } from './desired-restore.ts';
import { expire } from './expiry.ts';
import type { RestoreWorld } from './world.ts';

const NAMES: RunNames = {
  condition: ConditionType.RestoreReady,
  reasons: { inProgress: Reason.RestoreInProgress, completed: Reason.RestoreCompleted, failed: Reason.RestoreFailed },
};

/** How a Restore runs. */
export const restoreRun = (config: Config): RunKind<Restore, RestoreWorld> => ({
  ...NAMES,
  unmet: ({ object, database, source }) => checkRestore(object, database, source),
  start: ({ object, database, source }) => {
    const job = database && desiredRestoreJob(object, { database, source, config });
    return job === undefined ? [] : [{ do: 'createJob', object: job }];
  },
  // A failed restore is never repeated. Of one that died without a word the server knows whether it took its place: the
  // second run looks, and finishes the first one if it did.
  attempts: (_restore, failure) => (isUnresolved(failure) ? 2 : 1),
  afterwards: (world, now) => expire(NAMES, config, world, now),
  completed: (world, result, now) => (result.command === 'restore' ? completion(world, result, now) : undefined),
});
