import { Type, type Static } from 'typebox';
import { int64, localReference, rules, stringEnum, time } from '../dialect.ts';
import { RUN_PHASES } from './phases.ts';
import { activeDeadlineSeconds, conditions, observedGeneration, type KindDefinition, type Resource } from './shared.ts';

const spec = Type.Object(
  {
    databaseRef: localReference('The Database to back up, in the same namespace.'),
    storageLocation: Type.Optional(
      Type.String({
        description: 'Where to store the backup: pvc://claim/path names a PersistentVolumeClaim in the same namespace. Empty: claim <database>-backups, which the operator creates.',
        maxLength: 1024,
        ...rules({
          rule: "self == '' || (self.matches('^pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[^/\\\\x00-\\\\x1f]+)*/?$') && !self.contains('/../') && !self.endsWith('/..') && !self.contains('/./') && !self.endsWith('/.'))",
          message: "storageLocation must be pvc://CLAIM or pvc://CLAIM/PATH, without '.' or '..' in the path",
        }),
      }),
    ),
    activeDeadlineSeconds: activeDeadlineSeconds({ description: 'Seconds after which a run that has not ended is stopped and Failed.' }),
  },
  { description: 'The backup that is wanted.' },
);

const status = Type.Object(
  {
    phase: Type.Optional(stringEnum(RUN_PHASES, { description: 'Where the run is. Completed and Failed never change.' })),
    backupTime: Type.Optional(time('When the backup was completed.')),
    backupLocation: Type.Optional(Type.String({ description: 'URL of the folder that holds the backup.' })),
    startedAt: Type.Optional(time('When the Job was created.')),
    completedAt: Type.Optional(time('When the run ended.')),
    bytes: Type.Optional(int64('Size of the stored dump in bytes.')),
    tables: Type.Optional(int64('Tables in the dump, as counted while it was stored.')),
    rows: Type.Optional(int64('Rows in the dump, counted to its last one while it was stored.')),
    sha256: Type.Optional(Type.String({ description: 'SHA-256 of the stored dump, in hex.' })),
    manifestSha256: Type.Optional(Type.String({ description: 'SHA-256 of manifest.json as the runner read it back, in hex.' })),
    serverVersion: Type.Optional(Type.String({ description: 'Version of the PostgreSQL server that was dumped.' })),
    clientVersion: Type.Optional(Type.String({ description: 'Version of pg_dump.' })),
    jobName: Type.Optional(Type.String({ description: 'Job that does the work, in the same namespace.' })),
    jobUID: Type.Optional(Type.String({ description: 'UID of that Job: when no Job has it any more, the run is lost.' })),
    observedGeneration: Type.Optional(observedGeneration),
    conditions: Type.Optional(conditions),
  },
  { description: 'What the operator has seen.' },
);

export type BackupSpec = Static<typeof spec>;
export type BackupStatus = Static<typeof status>;
/** One backup of a Database. */
export type Backup = Resource<'Backup', BackupSpec, BackupStatus>;

export const backupKind: KindDefinition = {
  kind: 'Backup',
  plural: 'backups',
  singular: 'backup',
  shortNames: ['bak'],
  description: 'Backup is one backup of a Database. It runs once.',
  spec,
  status,
  printerColumns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the run is' },
    { name: 'Database', type: 'string', jsonPath: '.spec.databaseRef.name', description: 'Database that is backed up' },
    { name: 'Bytes', type: 'integer', jsonPath: '.status.bytes', description: 'Size of the stored dump' },
    { name: 'Rows', type: 'integer', jsonPath: '.status.rows', description: 'Rows in the dump', priority: 1 },
    { name: 'Completed', type: 'date', jsonPath: '.status.backupTime', description: 'Time since it was completed' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="BackupReady")].reason', description: 'Why it waits or failed' },
    { name: 'Location', type: 'string', jsonPath: '.status.backupLocation', description: 'Where it is stored', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="BackupReady")].message', description: 'Why it waits or failed', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since it was created' },
  ],
};
