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

const claimFolder = Type.Object({
  location: Type.String({ description: 'The folder as a URL for people and status: pvc://claim/path.' }),
  path: Type.String({ minLength: 1, description: 'The folder relative to STORAGE_FOLDER.' }),
});

/** Dump a database into a folder of a claim. Identity: backup. */
export const dumpRequestSchema = Type.Object({
  v: Type.Literal(1),
  command: Type.Literal('dump'),
  object,
  server,
  destination: claimFolder,
  operatorVersion: Type.String(),
});

/** Put the content of a folder of a claim in the place of a database. Identities: superuser, owner. */
export const restoreRequestSchema = Type.Object({
  v: Type.Literal(1),
  command: Type.Literal('restore'),
  object,
  server,
  source: Type.Object({
    ...claimFolder.properties,
    manifestSha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Digest of the manifest that the Backup was completed with.' }),
  }),
  operatorVersion: Type.String(),
});

export type DumpRequest = Static<typeof dumpRequestSchema>;
export type RestoreRequest = Static<typeof restoreRequestSchema>;
export type RunRequest = DumpRequest | RestoreRequest;
