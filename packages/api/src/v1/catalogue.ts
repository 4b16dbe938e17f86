// The fields of a Backup that stands for what a scan found, and of the scan itself.
import { Type, type Static } from 'typebox';
import { int64, time } from '../dialect.ts';

/** What the manifest of a stored backup says, as far as a Backup tells it. The same in the result of a scan and in the spec of what it adopts. */
export const manifestFacts = {
  manifestSha256: Type.String({ description: 'SHA-256 of manifest.json as the scan read it, in hex. A Restore refuses another one.', pattern: '^[0-9a-f]{64}$', maxLength: 64 }),
  finishedAt: time('When the backup was complete.'),
  bytes: int64('Size of the stored dump in bytes.'),
  plainBytes: int64('Size of the dump in bytes before compression.'),
  tables: Type.Optional(int64('Tables in the dump.')),
  rows: Type.Optional(int64('Rows in the dump.')),
  serverVersion: Type.String({ description: 'Version of the PostgreSQL server that was dumped.', pattern: '^[ -~]+$', maxLength: 64 }),
  partial: Type.Optional(Type.Boolean({ description: 'True: it holds a selection of its database only.' })),
};

/** What lies beside the backups and is none. The same in the result of a scan and in the status of what asked for it. */
export const orphans = Type.Object(
  {
    count: int64('Folders with such a thing.'),
    uploads: Type.Optional(int64('Uploads to a bucket among it that were begun and never finished. Absent: they could not be listed.')),
    bytes: int64('Size of it all.'),
    first: Type.Array(Type.String({ description: 'Name of a folder.', maxLength: 80 }), { maxItems: 2, description: 'The first of the folders.' }),
    removed: Type.Optional(int64('Folders in which this scan has removed it, which are not counted above. Absent: it was not asked to.')),
    problem: Type.Optional(Type.String({ description: 'Why the others were left.', maxLength: 256 })),
  },
  { description: 'What runs left that were killed, and that are no part of a backup: files in folders without a manifest, and uploads that were never finished, into which nothing was written for a day.' },
);

/** The field of the spec. */
export const adoptedSpec = Type.Object(
  {
    path: Type.String({ description: 'Its folder below storageLocation: namespace, Database and folder, with slashes between them.', pattern: '^[a-z0-9-]+/[a-z0-9-]+/[a-z0-9-]+$', maxLength: 400 }),
    ...manifestFacts,
  },
  { description: 'What the manifest of a stored backup says. A Backup with it stands for that backup: it runs nothing, is Completed at once, can be restored, and when it is deleted the data stays.' },
);

/** The field of the status of a Backup whose storage is scanned. */
export const catalogueStatus = Type.Object(
  {
    request: Type.String({ description: 'Value of the annotation that asked for it.' }),
    page: Type.Integer({ minimum: 1, format: 'int32', description: 'Number of the Job that the scan is at: each brings as many backups as its result can hold, the newest first.' }),
    after: Type.Optional(
      Type.Object({ storedAt: Type.String({ description: 'When its manifest was stored.' }), folder: Type.String({ description: 'Name of its folder.' }) }, { description: 'The last backup that was looked at: this Job goes on with the next one.' }),
    ),
    attempt: Type.Optional(Type.Integer({ minimum: 1, format: 'int32', description: 'Number of the attempt at this page, from 1.' })),
    nextAttemptTime: Type.Optional(time('When that attempt starts, while it waits for that.')),
    adopted: int64('Backups that were found and had no object.'),
    known: int64('Backups that were found and have an object.'),
    refused: int64('Folders with a manifest that cannot be believed, or read.'),
    problems: Type.Optional(Type.Array(Type.String({ description: 'A folder, and why it was refused.' }), { maxItems: 5, description: 'Why, of the first that were refused.' })),
    orphans: Type.Optional(orphans),
    completedAt: Type.Optional(time('When the scan ended.')),
  },
  { description: 'The last scan of the storage that annotation database.example.com/scan asked for. Condition CatalogueScanned says how it stands.' },
);

export type Adopted = Static<typeof adoptedSpec>;
export type CatalogueStatus = Static<typeof catalogueStatus>;
