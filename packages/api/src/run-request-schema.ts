// The schema of the contract in run-request.ts.
import { Type, type Static } from 'typebox';

const object = Type.Object({
  kind: Type.String(),
  namespace: Type.String(),
  name: Type.String(),
  uid: Type.String(),
});

const server = Type.Object({
  host: Type.String({ minLength: 1 }),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  database: Type.String({ minLength: 1, description: 'Name of the database inside the server.' }),
});

/** A folder of a claim. Requests of version 0.1 name no type. */
const claimFolder = Type.Object({
  type: Type.Optional(Type.Literal('claim')),
  location: Type.String({ description: 'The folder as a URL for people and status: pvc://claim/path.' }),
  path: Type.String({ minLength: 1, description: 'The folder relative to STORAGE_FOLDER.' }),
});

/** Objects of an S3 bucket whose keys begin alike. Credentials: the folder `storage`, see STORAGE_CREDENTIALS. */
const s3Folder = Type.Object({
  type: Type.Literal('s3'),
  location: Type.String({ description: 'The folder as a URL for people and status: s3://bucket/prefix.' }),
  bucket: Type.String({ minLength: 1 }),
  prefix: Type.String({ minLength: 1, description: 'What the keys of this backup begin with, without a slash at its ends. It must hold the UID of the Backup.' }),
});

const manifestSha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Digest of the manifest that the Backup was completed with.' });

const patterns = Type.Optional(Type.Array(Type.String({ minLength: 1 })));

/** A part of a database, as patterns of pg_dump. */
const selection = Type.Object({
  schemas: patterns,
  excludeSchemas: patterns,
  tables: patterns,
  excludeTables: patterns,
  schemaOnly: Type.Optional(Type.Boolean()),
});

/** Dump a database into a folder of a claim or bucket. Identity: backup. */
export const dumpRequestSchema = Type.Object({
  v: Type.Literal(1),
  command: Type.Literal('dump'),
  object,
  server,
  destination: Type.Union([claimFolder, s3Folder]),
  // What follows came with version 0.2; a controller of 0.1 does not send it.
  attempt: Type.Optional(Type.Integer({ minimum: 1 })),
  standby: Type.Optional(
    Type.Object(
      { host: Type.Optional(Type.String({ minLength: 1, description: 'Leads to standbys. Absent: there are none.' })), port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })) },
      { description: 'Read from a standby where that is possible, else from the server.' },
    ),
  ),
  selection: Type.Optional(selection),
  lockTimeoutMilliseconds: Type.Optional(Type.Integer({ minimum: 0 })),
  stallTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
  logLevel: Type.Optional(Type.String({ description: 'debug or info; anything else is info.' })),
  operatorVersion: Type.String(),
});

/** Put the content of such a folder in the place of a database. Identities: superuser, owner. */
export const restoreRequestSchema = Type.Object({
  v: Type.Literal(1),
  command: Type.Literal('restore'),
  object,
  server,
  source: Type.Union([Type.Object({ ...claimFolder.properties, manifestSha256 }), Type.Object({ ...s3Folder.properties, manifestSha256 })]),
  logLevel: Type.Optional(Type.String({ description: 'debug or info; anything else is info.' })),
  operatorVersion: Type.String(),
});

export type DumpRequest = Static<typeof dumpRequestSchema>;
export type RestoreRequest = Static<typeof restoreRequestSchema>;
export type RunRequest = DumpRequest | RestoreRequest;
