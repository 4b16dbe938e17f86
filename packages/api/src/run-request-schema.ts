// The schema of the contract in run-request.ts.
import { Type, type Static } from 'typebox';

const object = Type.Object({
  kind: Type.String(),
  namespace: Type.String(),
  name: Type.String(),
  uid: Type.String(),
});

/** What every request holds: for which object it is, and what the runner is told of its log. A controller of 0.1 sends no logLevel. */
const head = {
  v: Type.Literal(1),
  object,
  logLevel: Type.Optional(Type.String({ description: 'debug or info; anything else is info.' })),
  operatorVersion: Type.String(),
};

const attempt = Type.Optional(Type.Integer({ minimum: 1, description: 'Which attempt at this run it is: for the log. What an attempt does never depends on it.' }));

const endpoint = Type.Object({
  host: Type.String({ minLength: 1 }),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
});

const server = Type.Object({
  ...endpoint.properties,
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
  prefix: Type.String({ minLength: 1, description: 'What the keys of this backup begin with, without a slash at its ends. Nobody else may use it; the operator puts the beginning of the UID of the Backup into its last part.' }),
});

const manifestSha256 = Type.Optional(
  Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Digest of the manifest that the Backup was completed with. Absent: restored from a place without a Backup; the manifest vouches for itself.' }),
);

/** The database that an earlier restore replaced and kept. */
const previousDatabase = Type.Object({
  type: Type.Literal('previous'),
  location: Type.String({ description: 'For messages.' }),
  restoreUid: Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f-]{27}$', description: 'UID of the Restore that replaced it.' }),
});

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
  ...head,
  command: Type.Literal('dump'),
  server,
  destination: Type.Union([claimFolder, s3Folder]),
  // What follows came with version 0.2; a controller of 0.1 does not send it.
  attempt,
  standby: Type.Optional(
    Type.Object(
      { host: Type.Optional(Type.String({ minLength: 1, description: 'Leads to standbys. Absent: there are none.' })), port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })) },
      { description: 'Read from a standby where that is possible, else from the server.' },
    ),
  ),
  selection: Type.Optional(selection),
  lockTimeoutMilliseconds: Type.Optional(Type.Integer({ minimum: 0 })),
  stallTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
  clientMajor: Type.Optional(Type.Integer({ minimum: 14, description: 'Dump with a client of this major or newer: for a server of that major. Absent: the smallest that is not older than the server.' })),
});

const backupFolders = [Type.Object({ ...claimFolder.properties, manifestSha256 }), Type.Object({ ...s3Folder.properties, manifestSha256 })] as const;

/** Put the content of such a folder in the place of a database. Identities: superuser, owner. */
export const restoreRequestSchema = Type.Object({
  ...head,
  command: Type.Literal('restore'),
  server,
  source: Type.Union([...backupFolders, previousDatabase]),
  // What follows came with version 0.2; a controller of 0.1 does not send it.
  attempt,
  targetDatabase: Type.Optional(Type.String({ minLength: 1, description: 'Restore beside for good, under this name; nothing is swapped.' })),
  selection: Type.Optional(Type.Object({ schemas: patterns, tables: patterns }, { description: 'Restore these only, as --schema and --table of pg_restore. With targetDatabase only.' })),
  mode: Type.Optional(
    Type.Union([Type.Literal('swap'), Type.Literal('replace')], { description: 'replace drops the live database first, for servers without room for two. Absent: swap.' }),
  ),
  keepPreviousSeconds: Type.Optional(Type.Integer({ minimum: 0, description: 'How long the replaced database is kept. Absent or 0: it is dropped at once.' })),
  onlyIfEmpty: Type.Optional(Type.Boolean({ description: 'Refuse (TargetNotEmpty) when the database holds anything. Without targetDatabase only.' })),
  preserveOwners: Type.Optional(Type.Boolean({ description: 'Load as superuser, with owners and privileges as in the dump: its content may then do anything to the server.' })),
  jobs: Type.Optional(Type.Integer({ minimum: 1, maximum: 64, description: 'Sessions that load. Absent: DEFAULT_RESTORE_JOBS.' })),
  allowedExtensions: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Untrusted extensions that the superuser may create for the content.' })),
  volumeBytes: Type.Optional(Type.Integer({ minimum: 1, description: "Size of the server's volume. Absent: whether the content fits is not asked beforehand." })),
  standbys: Type.Optional(Type.Array(endpoint, { description: 'Standbys of the server, where sessions on the replaced database have to be ended too.' })),
});

/** Drop the database that a restore replaced, if it is still that one. Identity: superuser. */
export const dropPreviousRequestSchema = Type.Object({
  ...head,
  command: Type.Literal('dropPrevious'),
  server,
  previous: Type.Object({ name: Type.String({ minLength: 1 }), oid: Type.String({ pattern: '^[0-9]+$' }) }, { description: 'As the result of the restore had it.' }),
});

/** Remove what attempts at a backup left that never came to exist; or the backup itself. Only once no attempt is alive: there is no lock. */
export const discardRequestSchema = Type.Object({
  ...head,
  command: Type.Literal('discard'),
  destination: Type.Union([claimFolder, s3Folder]),
  completed: Type.Optional(Type.Literal(true, { description: 'Remove the backup too if it is complete, its manifest first. Absent: then it is reported, and nothing is removed.' })),
});

/** Tell what backups of one Database are stored below a folder, the newest first, as many as a result can hold. */
export const catalogueRequestSchema = Type.Object({
  ...head,
  command: Type.Literal('catalogue'),
  source: Type.Union([claimFolder, s3Folder], { description: 'The folder that holds the folders of its backups.' }),
  after: Type.Optional(
    Type.Object({ storedAt: Type.String({ minLength: 1 }), folder: Type.String({ minLength: 1 }) }, { description: 'As the result before had it in next. Absent: from the newest.' }),
  ),
  removeOrphans: Type.Optional(
    Type.Object({ spare: Type.Array(Type.String({ minLength: 1 }), { description: 'Folders that are left as they are: those of Backups that have not ended, or that are complete.' }) }, { description: 'Remove what killed runs left and nothing was written into for a day. Absent: it is only told of.' }),
  ),
});

/** Find out whether the servers of a database agree and are well. Identity: superuser. */
export const checkRequestSchema = Type.Object({
  ...head,
  command: Type.Literal('check'),
  server,
  standbys: Type.Array(Type.Object({ name: Type.String({ minLength: 1, description: 'For the result.' }), ...endpoint.properties })),
  patienceSeconds: Type.Integer({ minimum: 1, description: 'How long servers have to answer and to stream.' }),
  maxLagSeconds: Type.Integer({ minimum: 1, description: 'How long a fresh row may take to every standby.' }),
  maxLagBytes: Type.Integer({ minimum: 0 }),
  volumeBytes: Type.Optional(Type.Integer({ minimum: 1, description: "Size of each server's volume. Absent: how full it is is not asked." })),
  leftovers: Type.Optional(
    Type.Union([Type.Literal('count'), Type.Literal('drop')], { description: 'What to do about databases that restores loaded into. drop: those go that are an hour old, with nobody in them; only where no restore is at work, or about to be. Absent: nothing.' }),
  ),
});

/** Restore a backup into the server beside the runner, which is thrown away, and look whether it is what was backed up. No identity: that server trusts its socket. */
export const drillRequestSchema = Type.Object({
  ...head,
  command: Type.Literal('drill'),
  source: Type.Union([...backupFolders]),
  attempt,
  queries: Type.Optional(
    Type.Array(Type.Object({ name: Type.String({ minLength: 1 }), sql: Type.String({ minLength: 1 }), expect: Type.String() }), { description: 'Questions to what was restored, each with the answer that is right.' }),
  ),
});

const names = Type.Array(Type.String({ minLength: 1 }));

/** Find out whether the content of a server can go into one of a newer major, and what that takes. Identity: superuser. */
export const upgradeCheckRequestSchema = Type.Object({
  ...head,
  command: Type.Literal('upgradeCheck'),
  server,
  attempt,
  toMajor: Type.Integer({ minimum: 14 }),
  targetExtensions: Type.Optional({ ...names, description: 'Names of the extensions in the new image, all of them. Absent: whether one is missing is not asked.' }),
  targetLocales: Type.Optional({ ...names, description: 'What `locale -a` says in the new image. Absent: whether one is missing is not asked.' }),
  volumeBytes: Type.Optional(Type.Integer({ minimum: 1, description: "Size of the primary's volume. Absent: whether a second copy fits is not asked." })),
});

const handover = Type.String({
  pattern: '^(/[A-Za-z0-9._-]+){2,}$',
  description: "Absolute path of the hand-over file on the server's own volume, in a folder of its own, outside the data directory. What it holds never leaves the volume: the password hashes of roles are in it.",
});

/** End all sessions of a server that nobody new can reach, remember what can tell of a later write, and write the hand-over file. Identity: superuser. */
export const upgradePrepareRequestSchema = Type.Object({ ...head, command: Type.Literal('upgradePrepare'), server, attempt, handover });

/** Find out whether anything was written since upgradePrepare, once the backup is there. Identity: superuser. */
export const upgradeVerifyRequestSchema = Type.Object({ ...head, command: Type.Literal('upgradeVerify'), server, attempt, handover });

/** Make of an empty server of a newer major what the hand-over file and the backup say. Identity: superuser. */
export const upgradeLoadRequestSchema = Type.Object({
  ...head,
  command: Type.Literal('upgradeLoad'),
  server,
  attempt,
  handover,
  previousDataDirectory: Type.String({ pattern: '^(/[A-Za-z0-9._-]+)+$', description: 'Absolute path of the data directory that the old server left on the same volume: its control file has the last word on whether something was written.' }),
  source: Type.Union([...backupFolders]),
  jobs: Type.Optional(Type.Integer({ minimum: 1, maximum: 64, description: 'Sessions that load. Absent: DEFAULT_RESTORE_JOBS.' })),
});

export type DumpRequest = Static<typeof dumpRequestSchema>;
export type RestoreRequest = Static<typeof restoreRequestSchema>;
export type DropPreviousRequest = Static<typeof dropPreviousRequestSchema>;
export type DiscardRequest = Static<typeof discardRequestSchema>;
export type CatalogueRequest = Static<typeof catalogueRequestSchema>;
export type CheckRequest = Static<typeof checkRequestSchema>;
export type DrillRequest = Static<typeof drillRequestSchema>;
export type UpgradeCheckRequest = Static<typeof upgradeCheckRequestSchema>;
export type UpgradePrepareRequest = Static<typeof upgradePrepareRequestSchema>;
export type UpgradeVerifyRequest = Static<typeof upgradeVerifyRequestSchema>;
export type UpgradeLoadRequest = Static<typeof upgradeLoadRequestSchema>;
/** What all requests have in common. */
export type RequestHead = Pick<DumpRequest, keyof typeof head>;
export type RunRequest =
  | DumpRequest
  | RestoreRequest
  | DropPreviousRequest
  | DiscardRequest
  | CatalogueRequest
  | CheckRequest
  | DrillRequest
  | UpgradeCheckRequest
  | UpgradePrepareRequest
  | UpgradeVerifyRequest
  | UpgradeLoadRequest;
/** The place of a backup that is restored. */
export type BackupPlace = Exclude<RestoreRequest['source'], { type: 'previous' }>;
