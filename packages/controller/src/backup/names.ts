import { ConditionType, Reason } from '@postgres-operator/api';
import type { RunNames } from '../run/status.ts';

/** What a Backup calls its condition and reasons. */
export const BACKUP_NAMES: RunNames = {
  condition: ConditionType.BackupReady,
  reasons: { inProgress: Reason.BackupInProgress, completed: Reason.BackupCompleted, failed: Reason.BackupFailed },
};
