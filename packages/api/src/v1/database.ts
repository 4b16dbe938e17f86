import { Type, type Static } from 'typebox';
import { age, localReference, quantityMap, stringEnum, time } from '../dialect.ts';
import { rulesAt } from '../rules.ts';
import { DATABASE_RULES } from './database-rules.ts';
import { bounded } from './identifier.ts';
import { DATABASE_PHASES } from './phases.ts';
import { consistency, replication } from './consistency.ts';
import { previousData, upgradeSpec, upgradeStatus } from './upgrade.ts';
import { conditions, observedGeneration, type KindDefinition, type Resource } from './shared.ts';

const databaseName = Type.String({
  description: 'Name of the database inside the server: any UTF-8 text of at most 63 bytes. Cannot change.',
  ...bounded,
  ...rulesAt(DATABASE_RULES, 'databaseName'),
});

const username = Type.String({
  description: 'Role that owns the database; its password is in Secret <name>-credentials. Cannot change.',
  ...bounded,
  ...rulesAt(DATABASE_RULES, 'username'),
});

const storage = Type.Object(
  {
    size: Type.String({
      description: 'Size of the data volume as a quantity, such as 10Gi. May grow, never shrink.',
      minLength: 1,
      maxLength: 32,
      ...rulesAt(DATABASE_RULES, 'storage.size'),
    }),
    storageClass: Type.Optional(
      Type.String({
        description: "StorageClass of the data volume; empty means the cluster's default class. Cannot change.",
        maxLength: 253,
        ...rulesAt(DATABASE_RULES, 'storage.storageClass'),
      }),
    ),
  },
  { description: 'The volume that holds the data.' },
);

const spec = Type.Object(
  {
    image: Type.String({
      description: 'PostgreSQL image with the layout of the official one, majors 14 to 18.',
      default: 'postgres:14',
      minLength: 1,
      maxLength: 512,
      ...rulesAt(DATABASE_RULES, 'image'),
    }),
    majorVersion: Type.Optional(
      Type.Integer({ description: 'Major version of PostgreSQL in the image, for images whose tag does not say it (latest, a digest).', minimum: 14, maximum: 18, format: 'int32' }),
    ),
    replicas: Type.Integer({ description: 'Number of servers: one primary, the others standbys.', default: 1, minimum: 1, maximum: 10, format: 'int32' }),
    databaseName,
    username,
    storage,
    resources: Type.Optional(
      Type.Object(
        {
          requests: Type.Optional(quantityMap({ description: 'What the scheduler sets aside.' })),
          limits: Type.Optional(quantityMap({ description: 'What the container may use at most.' })),
        },
        { description: 'CPU and memory of each PostgreSQL container.' },
      ),
    ),
    backupRef: Type.Optional(
      localReference(
        'Start with the content of this Backup, in the same namespace; it may be of another Database, and of an older major version. The Database waits until it is Completed. It is restored once; kept volumes that hold content already are left as they are. Cannot change.',
        rulesAt(DATABASE_RULES, 'backupRef'),
      ),
    ),
    parameters: Type.Optional(
      Type.Unsafe<Record<string, string>>({
        type: 'object',
        description: 'Parameters of postgresql.conf, such as work_mem: 64MB. They are tried before they come into force. What ALTER SYSTEM set goes before them.',
        maxProperties: 64,
        additionalProperties: { type: 'string', maxLength: 1024, pattern: String.raw`^[^\x00-\x1f\x7f]*$` },
        ...rulesAt(DATABASE_RULES, 'parameters'),
      }),
    ),
    tls: Type.Optional(
      Type.Object(
        { secretName: Type.String({ description: 'Secret with tls.crt and tls.key, as of type kubernetes.io/tls. A renewed certificate comes into force without a restart.', minLength: 1, maxLength: 253 }) },
        { description: 'The certificate that the servers show to clients that ask for TLS. Connections without TLS stay possible.' },
      ),
    ),
    objective: Type.Optional(
      Type.Object(
        {
          maxAge: Type.Optional(age({ description: 'How old the newest good backup may be, such as 36h or 2d. When it is older, or there is none, condition BackupStale is True.' })),
          maxProvenAge: Type.Optional(age({ description: 'How long ago a drill may have proven a good backup last, such as 8d. When it is longer ago, or none has, condition ProofStale is True.' })),
        },
        { description: 'What the backups of this Database have to come up to, whoever makes them.', minProperties: 1 },
      ),
    ),
    upgrade: Type.Optional(upgradeSpec),
    deletionPolicy: stringEnum(['Retain', 'Delete'], { description: 'What happens to the data volumes when the Database is deleted.', default: 'Retain' }),
    finalBackup: Type.Boolean({
      description: 'Take a Backup <name>-final-<uid> before a deleted Database is taken down. When that fails, nothing is taken down until somebody decides: condition FinalBackup says how.',
      default: false,
    }),
  },
  {
    description: 'The database that is wanted.',
    ...rulesAt(DATABASE_RULES, ''),
  },
);

const clonedFrom = Type.Object(
  {
    name: Type.String({ description: 'The Backup, as its manifest names it.' }),
    uid: Type.Optional(Type.String({ description: 'UID of the Backup object, if it was still there.' })),
    location: Type.Optional(Type.String({ description: 'URL of the folder that was restored.' })),
    manifestSha256: Type.Optional(Type.String({ description: 'SHA-256 of its manifest.json, in hex, if the Backup object was still there.' })),
    time: time('When it was restored.'),
  },
  { description: 'What the Database started with, as spec.backupRef asked for. It is never cloned again.' },
);

const status = Type.Object(
  {
    phase: Type.Optional(stringEnum(DATABASE_PHASES, { description: 'Where the Database is on its way to Ready.' })),
    ready: Type.Optional(Type.Boolean({ description: 'True when the database takes connections.' })),
    endpoint: Type.Optional(Type.String({ description: 'host:port of the primary.' })),
    readOnlyEndpoint: Type.Optional(Type.String({ description: 'host:port of the standbys that are ready.' })),
    secretName: Type.Optional(Type.String({ description: 'Secret with username, password and database of the owner.' })),
    readyReplicas: Type.Optional(Type.Integer({ description: 'Servers that are up to date and ready.', format: 'int32' })),
    replication: Type.Optional(replication),
    consistency: Type.Optional(consistency),
    clonedFrom: Type.Optional(clonedFrom),
    upgrade: Type.Optional(upgradeStatus),
    previousImage: Type.Optional(Type.String({ description: 'The image of before the last upgrade, while its data is kept: as spec.image it goes back to that data.' })),
    previous: Type.Optional(previousData),
    observedGeneration: Type.Optional(observedGeneration),
    conditions: Type.Optional(conditions),
  },
  { description: 'What the operator has seen.' },
);

export type DatabaseSpec = Static<typeof spec>;
export type DatabaseStatus = Static<typeof status>;
/** A PostgreSQL database that the operator runs. */
export type Database = Resource<'Database', DatabaseSpec, DatabaseStatus>;

export const databaseKind: KindDefinition = {
  kind: 'Database',
  plural: 'databases',
  singular: 'database',
  shortNames: ['db', 'dbs'],
  description: 'Database is a PostgreSQL database that the operator runs.',
  spec,
  status,
  printerColumns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the Database is on its way to Ready' },
    { name: 'Ready', type: 'boolean', jsonPath: '.status.ready', description: 'Whether it takes connections' },
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', description: 'Servers that are wanted' },
    { name: 'Image', type: 'string', jsonPath: '.spec.image', description: 'PostgreSQL image' },
    { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', description: 'Why it is in its phase' },
    { name: 'Size', type: 'string', jsonPath: '.spec.storage.size', description: 'Size of the volume of each server', priority: 1 },
    { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoint', description: 'host:port of the primary', priority: 1 },
    { name: 'Degraded', type: 'string', jsonPath: '.status.conditions[?(@.type=="Degraded")].reason', description: 'AsSpecified, or what of the spec is not in force', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message', description: 'What it waits for', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since it was created' },
  ],
};

