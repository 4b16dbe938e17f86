export * from './conditions.ts';
export * from './duration.ts';
export * from './meta.ts';
export * from './names.ts';
export * from './reasons.ts';
export * from './quantity.ts';
export * from './run-progress.ts';
export * from './run-request.ts';
export * from './run-result.ts';
export * from './storage-location.ts';
export * from './v1/phases.ts';
export * from './v1/name-rule.ts';
<<<<<<< packages/api/src/index.ts
export { isScheduled } from './v1/schedule-rules.ts';
export type { Anomaly, RetentionPolicy } from './v1/schedule.ts';
=======
>>>>>>> /tmp/dd-new
export * from './v1/shared.ts';
export * from './v1/database.ts';
export * from './v1/backup.ts';
export * from './v1/restore.ts';
export * from './validate.ts';
