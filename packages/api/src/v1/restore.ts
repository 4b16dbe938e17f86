import { Type, type Static } from 'typebox';
import { int64, localReference, stringEnum, time } from '../dialect.ts';
import { RUN_PHASES } from './phases.ts';
import { activeDeadlineSeconds, conditions, jobTemplate, observedGeneration, progress, type KindDefinition, type Resource } from './shared.ts';

const spec = Type.Object(
  {
    databaseRef: localReference('The Database to restore into, in the same namespace.'),
    backupRef: localReference('The Backup whose content is put back, in the same namespace. It may be of another Database.'),
    jobTemplate: Type.Optional(jobTemplate),
    activeDeadlineSeconds: activeDeadlineSeconds({ description: 'Seconds after which an attempt that has not ended is stopped, and the run Failed. There is a second attempt only when the runner of the first died without a word: it looks at the server first.' }),
  },
  { description: 'The restore that is wanted.' },
);

const status = Type.Object(
  {
    phase: Type.Optional(stringEnum(RUN_PHASES, { description: 'Where the run is. Completed and Failed never change.' })),
    restoreTime: Type.Optional(time('When the restore was completed.')),
    startedAt: Type.Optional(time('When the Job was created.')),
    completedAt: Type.Optional(time('When the run ended.')),
    bytes: Type.Optional(int64('Size of the stored dump that was restored, in bytes.')),
    tables: Type.Optional(int64('Tables that were restored.')),
    rows: Type.Optional(int64('Rows that were restored, counted in the restored database before it took its place.')),
    outageMilliseconds: Type.Optional(int64('How long the database took no connections while the restored one was put in its place.')),
    progress: Type.Optional(progress),
    attempt: Type.Optional(Type.Integer({ minimum: 1, format: 'int32', description: 'Number of the attempt that the rest of the status is about, from 1.' })),
    nextAttemptTime: Type.Optional(time('When this attempt starts, while it waits for that.')),
    jobName: Type.Optional(Type.String({ description: 'Job that does the work, in the same namespace.' })),
    jobUID: Type.Optional(Type.String({ description: 'UID of that Job: when no Job has it any more, the run is lost.' })),
    observedGeneration: Type.Optional(observedGeneration),
    conditions: Type.Optional(conditions),
  },
  { description: 'What the operator has seen.' },
);

export type RestoreSpec = Static<typeof spec>;
export type RestoreStatus = Static<typeof status>;
/** One restore of a Backup into a Database. */
export type Restore = Resource<'Restore', RestoreSpec, RestoreStatus>;

export const restoreKind: KindDefinition = {
  kind: 'Restore',
  plural: 'restores',
  singular: 'restore',
  shortNames: [],
  description: 'Restore puts the content of a Backup into a Database. It runs once; the live content is replaced only when the new one is complete.',
  spec,
  status,
  printerColumns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the run is' },
    { name: 'Database', type: 'string', jsonPath: '.spec.databaseRef.name', description: 'Database that is restored into' },
    { name: 'Backup', type: 'string', jsonPath: '.spec.backupRef.name', description: 'Backup that is restored' },
    { name: 'Completed', type: 'date', jsonPath: '.status.restoreTime', description: 'Time since it was completed' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="RestoreReady")].reason', description: 'Why it waits or failed' },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="RestoreReady")].message', description: 'Why it waits or failed', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since it was created' },
  ],
};
