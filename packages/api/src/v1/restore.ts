import { Type, type Static } from 'typebox';
import { duration, int64, localReference, stringEnum, time } from '../dialect.ts';
import { rulesAt } from '../rules.ts';
import { DEFAULT_RESTORE_JOBS } from '../run-request.ts';
import { bounded } from './identifier.ts';
import { RESTORE_MODES, RUN_PHASES } from './phases.ts';
import { RESTORE_RULES } from './run-rules.ts';
import { activeDeadlineSeconds, conditions, FIRST_TRUE, jobTemplate, observedGeneration, progress, type KindDefinition, type Resource } from './shared.ts';

const source = Type.Object(
  {
    location: Type.Optional(
      Type.String({
        description: 'The folder of a backup, as backupLocation of a Backup had it: s3://bucket/prefix or pvc://claim/path. No Backup object is needed; its manifest vouches for itself.',
        minLength: 1,
        maxLength: 1024,
        ...rulesAt(RESTORE_RULES, 'source.location'),
      }),
    ),
    credentialsRef: Type.Optional(
      localReference('Secret with the keys of the bucket, by the names of the AWS tools, as for a Backup. Without it, the identity that a cloud gives the pod.'),
    ),
    previousOf: Type.Optional(
      Type.String({ description: 'Name of a Completed Restore of the same Database: what it replaced takes its place again, as long as status.previousDatabase of it is kept.', minLength: 1, maxLength: 253 }),
    ),
  },
  {
    description: 'What is restored where no Backup is named.',
    ...rulesAt(RESTORE_RULES, 'source'),
  },
);

const names = (description: string): ReturnType<typeof Type.Array<ReturnType<typeof Type.String>>> =>
  Type.Array(Type.String({ description: 'A name as it is, without quotes or patterns.', minLength: 1, maxLength: 63, pattern: String.raw`^[^\x00]+$` }), { maxItems: 100, description });

const selection = Type.Object(
  {
    schemas: Type.Optional(names('Schemas to restore, as --schema of pg_restore.')),
    tables: Type.Optional(names('Tables to restore, as --table of pg_restore: without their indexes and constraints. Beside schemas: those in one of them.')),
  },
  {
    description: 'A part of the backup, to look at. With targetDatabaseName only.',
    ...rulesAt(RESTORE_RULES, 'selection'),
  },
);

const spec = Type.Object(
  {
    databaseRef: localReference('The Database to restore into, in the same namespace.'),
    backupRef: Type.Optional(localReference('The Backup whose content is put back, in the same namespace. It may be of another Database, and of an older major version.')),
    before: Type.Optional(time('With backupRef: only a backup that was completed at this time or earlier will do. When there is none, the Restore is Failed and says which there are.')),
    source: Type.Optional(source),
    targetDatabaseName: Type.Optional(
      Type.String({
        description: 'Restore beside the live database for good, into a new database of this name on the same server; nothing is replaced. Nobody ever drops it but you.',
        ...bounded,
        ...rulesAt(RESTORE_RULES, 'targetDatabaseName'),
      }),
    ),
    selection: Type.Optional(selection),
    mode: stringEnum(RESTORE_MODES, {
      description:
        'Swap loads beside the live database and swaps the names when the new one is complete. Replace is for servers without room for two: it drops the live database first, so that clients see none until the load has ended, and a failure after that leaves an empty one.',
      default: 'Swap',
    }),
    keepPrevious: duration({ description: 'How long the replaced database is kept on the server, so that source.previousOf can bring it back, such as 24h. 0s drops it at once.', default: '24h' }),
    onlyIfEmpty: Type.Optional(
      Type.Boolean({ description: 'Restore only into a database that holds nothing yet, no table, function or anything else; otherwise the Restore is Failed (TargetNotEmpty), and nothing is changed.' }),
    ),
    preserveOwners: Type.Boolean({
      description:
        'Load as superuser, with owners and privileges as in the backup. The content of the backup can then do anything to the whole server: only for backups that you trust as much as its administrator. Without it everything belongs to the owner of the Database, and can do no more than that role.',
      default: false,
    }),
    jobs: Type.Integer({
      ...{ minimum: 1, maximum: 16, default: DEFAULT_RESTORE_JOBS, format: 'int32' },
      description: 'So many sessions load at a time: the rows of large tables, then indexes and keys. The backup is streamed to them; nothing of it is kept on a disk.',
    }),
    jobTemplate: Type.Optional(jobTemplate),
    activeDeadlineSeconds: activeDeadlineSeconds({ description: 'Seconds after which a run that has not ended is stopped and Failed.' }),
  },
  {
    description: 'The restore that is wanted.',
    ...rulesAt(RESTORE_RULES, ''),
  },
);

const previousDatabase = Type.Object(
  {
    name: Type.String({ description: 'Its name on the server.' }),
    oid: Type.String({ description: 'Its OID on the server.' }),
    keptUntil: Type.Optional(time('When it is dropped.')),
  },
  { description: 'The database that was replaced and kept. Condition PreviousKept says whether it still is.' },
);

const status = Type.Object(
  {
    phase: Type.Optional(stringEnum(RUN_PHASES, { description: 'Where the run is. Completed and Failed never change.' })),
    restoreTime: Type.Optional(time('When the restore was completed.')),
    startedAt: Type.Optional(time('When the Job was created.')),
    completedAt: Type.Optional(time('When the run ended.')),
    databaseName: Type.Optional(Type.String({ description: 'Name of the database on the server that holds the restored content.' })),
    backupName: Type.Optional(Type.String({ description: 'The Backup that was restored, as its manifest names it.' })),
    backupLocation: Type.Optional(Type.String({ description: 'URL of the folder that was restored.' })),
    sourceVersion: Type.Optional(Type.String({ description: 'Version of the PostgreSQL server that the content comes from.' })),
    previousDatabase: Type.Optional(previousDatabase),
    bytes: Type.Optional(int64('Size of the stored dump that was restored, in bytes.')),
    size: Type.Optional(Type.String({ description: 'Size of that dump for people, such as 1.2Gi.' })),
    durationSeconds: Type.Optional(int64('How long the attempt that succeeded took, as its runner measured it.')),
    duration: Type.Optional(Type.String({ description: 'How long it took, for people, such as 3m12s.' })),
    tables: Type.Optional(int64('Tables that were restored.')),
    rows: Type.Optional(int64('Rows that were restored, counted in the restored database before it took its place.')),
    outageMilliseconds: Type.Optional(int64('How long the database took no connections while the restored one was put in its place.')),
    progress: Type.Optional(progress),
    attempt: Type.Optional(Type.Integer({ minimum: 1, format: 'int32', description: 'Number of the attempt that the rest of the status is about, from 1.' })),
    nextAttemptTime: Type.Optional(time('When this attempt starts, while it waits for that.')),
    databaseUID: Type.Optional(Type.String({ description: 'UID of the Database that the run was started for. One that is created again under its name is another.' })),
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
  shortNames: ['rst'],
  description: 'Restore puts the content of a Backup into a Database. It runs once; the live content is replaced only when the new one is complete.',
  spec,
  status,
  printerColumns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the run is' },
    { name: 'Database', type: 'string', jsonPath: '.spec.databaseRef.name', description: 'Database that is restored into' },
    { name: 'Backup', type: 'string', jsonPath: '.spec.backupRef.name', description: 'Backup that is restored' },
    { name: 'Progress', type: 'integer', jsonPath: '.status.progress.percent', description: 'Percent that has passed' },
    { name: 'Size', type: 'string', jsonPath: '.status.size', description: 'Size of the stored dump that was restored' },
    { name: 'Duration', type: 'string', jsonPath: '.status.duration', description: 'How long it took' },
    { name: 'Completed', type: 'date', jsonPath: '.status.restoreTime', description: 'Time since it was completed' },
    { name: 'Reason', type: 'string', jsonPath: FIRST_TRUE, description: 'Why it is in its phase' },
    { name: 'Previous', type: 'string', jsonPath: '.status.previousDatabase.name', description: 'What was replaced, while it is kept', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="RestoreReady")].message', description: 'Why it waits or failed', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since it was created' },
  ],
};
