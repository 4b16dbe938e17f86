import { Type, type Static } from 'typebox';
import { duration, int64, localReference, stringEnum, time } from '../dialect.ts';
import { rulesAt } from '../rules.ts';
import { DUMP_SOURCES, DUMP_SOURCES_SEEN, RUN_PHASES } from './phases.ts';
import { SCHEDULE_NAME_RULE } from './name-rule.ts';
import { BACKUP_RULES } from './run-rules.ts';
import { deletionStatus, scheduleSpec, scheduleStatus } from './schedule.ts';
import { activeDeadlineSeconds, conditions, FIRST_TRUE, jobTemplate, observedGeneration, progress, type KindDefinition, type Resource } from './shared.ts';
import { verificationSpec, verificationStatus } from './verification.ts';

const storageLocation = Type.String({
  description:
    "Where to store the backup: s3://bucket/prefix, or pvc://claim/path for a PersistentVolumeClaim in the same namespace. Empty: the installation's default location, and where it has none, claim <database>-backups, which the operator creates.",
  maxLength: 1024,
  ...rulesAt(BACKUP_RULES, 'storageLocation'),
});

const patterns = (description: string): ReturnType<typeof Type.Array<ReturnType<typeof Type.String>>> =>
  Type.Array(Type.String({ description: 'A pattern, as in psql.', minLength: 1, maxLength: 256, pattern: String.raw`^[^\x00]+$` }), { maxItems: 100, description });

const selection = Type.Object(
  {
    schemas: Type.Optional(patterns('Schemas to dump, as patterns of pg_dump --schema. Each must match something.')),
    excludeSchemas: Type.Optional(patterns('Schemas to leave out, as patterns of pg_dump --exclude-schema.')),
    tables: Type.Optional(patterns('Tables to dump, as patterns of pg_dump --table. Each must match something.')),
    excludeTables: Type.Optional(patterns('Tables to leave out, as patterns of pg_dump --exclude-table.')),
    schemaOnly: Type.Optional(Type.Boolean({ description: 'Definitions only, no rows.' })),
  },
  { description: 'A part of the database. Such a Backup never takes the place of a whole database: a Restore of it is refused.' },
);

const spec = Type.Object(
  {
    databaseRef: localReference('The Database to back up, in the same namespace.'),
    storageLocation: Type.Optional(storageLocation),
    credentialsRef: Type.Optional(
      localReference(
        'Secret with the keys of the bucket, by the names of the AWS tools: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and where needed AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_CA_BUNDLE (PEM). Without it, the identity that a cloud gives the pod.',
      ),
    ),
    source: stringEnum(DUMP_SOURCES, {
      description: 'Where it is read from. PreferStandby spares the primary: it takes a standby that has caught up, and the primary when there is none or when the standby cannot do it.',
      default: 'Primary',
    }),
    selection: Type.Optional(selection),
    lockTimeout: duration({ description: 'How long the dump waits for a table that is being altered, such as 30s. While it waits, other sessions queue up behind it.', default: '5m' }),
    backoffLimit: Type.Integer({
      minimum: 0,
      maximum: 10,
      default: 3,
      format: 'int32',
      description: 'How often a run that failed for a reason that may pass is tried again, each time as a Job of its own: after 10 s, then twice as long each time, at most 6 minutes. An edit of the spec after the start ends it.',
    }),
    stallTimeoutSeconds: Type.Integer({ minimum: 10, maximum: 2_592_000, default: 1800, format: 'int32', description: 'Seconds without a single byte from the server after which a run is given up.' }),
    ...scheduleSpec,
    verification: Type.Optional(verificationSpec),
    jobTemplate: Type.Optional(jobTemplate),
    activeDeadlineSeconds: activeDeadlineSeconds({ description: 'Seconds after which an attempt that has not ended is stopped, and the run Failed.' }),
  },
  { description: 'The backup that is wanted.', ...rulesAt(BACKUP_RULES, '') },
);

const status = Type.Object(
  {
    phase: Type.Optional(stringEnum(RUN_PHASES, { description: 'Where the run is. Completed and Failed never change; of a schedule, it is the phase of its newest run.' })),
    backupTime: Type.Optional(time('When the backup was completed; of a schedule, its newest good one.')),
    backupLocation: Type.Optional(Type.String({ description: 'URL of the folder that holds the backup; of a schedule, its newest good one.' })),
    startedAt: Type.Optional(time('When the Job was created.')),
    completedAt: Type.Optional(time('When the run ended.')),
    bytes: Type.Optional(int64('Size of the stored dump in bytes.')),
    size: Type.Optional(Type.String({ description: 'Size of the stored dump for people, such as 1.2Gi; of a schedule, that of its newest good one.' })),
    tables: Type.Optional(int64('Tables in the dump, as counted while it was stored.')),
    rows: Type.Optional(int64('Rows in the dump, counted to its last one while it was stored.')),
    plainBytes: Type.Optional(int64('Size of the dump in bytes before compression.')),
    durationSeconds: Type.Optional(int64('How long the attempt that succeeded took, as its runner measured it.')),
    duration: Type.Optional(Type.String({ description: 'How long it took, for people, such as 3m12s; of a schedule, for its newest good one.' })),
    bytesPerSecond: Type.Optional(int64('Bytes before compression that passed each second.')),
    source: Type.Optional(stringEnum(DUMP_SOURCES_SEEN, { description: 'What the dump was read from.' })),
    progress: Type.Optional(progress),
    attempt: Type.Optional(Type.Integer({ minimum: 1, format: 'int32', description: 'Number of the attempt that the rest of the status is about, from 1.' })),
    failure: Type.Optional(
      Type.Object(
        { reason: Type.String({ description: 'Why, as one word in CamelCase.' }), message: Type.String({ description: 'Why, for a person.' }) },
        { description: 'Why the last attempt failed, while it is found out what it left. The run has not ended until then.' },
      ),
    ),
    nextAttemptTime: Type.Optional(time('When this attempt starts, while it waits for that.')),
    sha256: Type.Optional(Type.String({ description: 'SHA-256 of the stored dump, in hex.' })),
    manifestSha256: Type.Optional(Type.String({ description: 'SHA-256 of manifest.json as the runner read it back, in hex.' })),
    serverVersion: Type.Optional(Type.String({ description: 'Version of the PostgreSQL server that was dumped.' })),
    clientVersion: Type.Optional(Type.String({ description: 'Version of pg_dump.' })),
    serverImage: Type.Optional(Type.String({ description: 'Image of the server that was dumped: a drill restores into the same one.' })),
    serverLibraries: Type.Optional(Type.String({ description: 'Its shared_preload_libraries, as its Database set them: the server of a drill loads the same ones.' })),
    databaseUID: Type.Optional(Type.String({ description: 'UID of the Database that the run was started for. One that is created again under its name is another.' })),
    jobName: Type.Optional(Type.String({ description: 'Job that does the work, in the same namespace.' })),
    jobUID: Type.Optional(Type.String({ description: 'UID of that Job: when no Job has it any more, the run is lost.' })),
    ...scheduleStatus,
    verification: Type.Optional(verificationStatus),
    deletion: Type.Optional(deletionStatus),
    observedGeneration: Type.Optional(observedGeneration),
    conditions: Type.Optional(conditions),
  },
  { description: 'What the operator has seen.' },
);

export type BackupSpec = Static<typeof spec>;
export type BackupStatus = Static<typeof status>;
/** One backup of a Database, or a schedule that makes them. */
export type Backup = Resource<'Backup', BackupSpec, BackupStatus>;

export const backupKind: KindDefinition = {
  kind: 'Backup',
  plural: 'backups',
  singular: 'backup',
  shortNames: ['bak'],
  description: 'Backup is one backup of a Database, which runs once; or, with a schedule, creates a Backup each time.',
  rules: [SCHEDULE_NAME_RULE],
  spec,
  status,
  printerColumns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the run is' },
    { name: 'Database', type: 'string', jsonPath: '.spec.databaseRef.name', description: 'Database that is backed up' },
    { name: 'Progress', type: 'integer', jsonPath: '.status.progress.percent', description: 'Percent that has passed' },
    { name: 'Size', type: 'string', jsonPath: '.status.size', description: 'Size of the stored dump' },
    { name: 'Duration', type: 'string', jsonPath: '.status.duration', description: 'How long it took' },
    { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule', description: 'When it creates a Backup' },
    { name: 'Last', type: 'date', jsonPath: '.status.backupTime', description: 'Time since it was completed; of a schedule, since its newest good one was' },
    { name: 'Proven', type: 'string', jsonPath: '.status.conditions[?(@.type=="RestoreProven")].status', description: 'Whether a drill has restored it' },
    { name: 'Next', type: 'string', jsonPath: '.status.nextScheduledTime', description: 'When it creates a Backup next', priority: 1 },
    { name: 'Reason', type: 'string', jsonPath: FIRST_TRUE, description: 'Why it is in its phase' },
    { name: 'Rows', type: 'integer', jsonPath: '.status.rows', description: 'Rows in the dump', priority: 1 },
    { name: 'Backups', type: 'integer', jsonPath: '.status.backupCount', description: 'Good backups of the schedule', priority: 1 },
    { name: 'Location', type: 'string', jsonPath: '.status.backupLocation', description: 'Where it is stored', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="BackupReady")].message', description: 'Why it waits or failed', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since it was created' },
  ],
};
