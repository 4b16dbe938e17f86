// The schema of the contract in run-result.ts.
import { Type, type Static } from 'typebox';
import { BACKUP_FOLDER, MAX_BACKUP_FOLDER } from './backup-folder.ts';
import { manifestFacts, orphans } from './v1/catalogue.ts';
import { STANDBY_STATES, type StandbyState } from './v1/phases.ts';

const digest = Type.String({ pattern: '^[0-9a-f]{64}$' });
const count = Type.Integer({ minimum: 0 });

export const dumpSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('dump'),
  location: Type.String(),
  bytes: count,
  plainBytes: count,
  sha256: digest,
  manifestSha256: digest,
  // Absent in results of runners of version 0.1, and of backups that they made.
  tables: Type.Optional(count),
  rows: Type.Optional(count),
  // Absent in results of runners of version 0.1: those read from the primary, and did not look for what needs a superuser.
  source: Type.Optional(Type.Union([Type.Literal('Primary'), Type.Literal('Standby')])),
  sourceNote: Type.Optional(Type.String({ maxLength: 256, description: 'Why it was not read from a standby, although that was wished.' })),
  superuserOnly: Type.Optional(
    Type.Object(
      { count, first: Type.Array(Type.String({ maxLength: 160 }), { maxItems: 8 }) },
      { description: 'Objects that only a superuser can restore: how many, and the first of them in words.' },
    ),
  ),
  serverVersion: Type.String(),
  clientVersion: Type.String(),
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

export const restoreSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('restore'),
  bytes: count,
  // What was counted in the restored database before the swap. Absent for a backup that does not say how much it holds.
  tables: Type.Optional(count),
  rows: Type.Optional(count),
  // Absent when the run that swapped was killed before it could tell, and a second one only finished.
  outageMilliseconds: Type.Optional(count),
  // Absent in results of runners of version 0.1.
  database: Type.Optional(Type.String({ description: 'Name of the database that holds the content now.' })),
  previous: Type.Optional(
    Type.Object(
      { name: Type.String(), oid: Type.String({ pattern: '^[0-9]+$' }), keptUntil: Type.Optional(Type.String({ description: 'RFC 3339.' })) },
      { description: 'The database that was replaced, while it is kept.' },
    ),
  ),
  manifestSha256: Type.Optional(digest),
  backup: Type.Optional(Type.Object({ namespace: Type.String(), name: Type.String(), uid: Type.String() }, { description: 'The Backup that the manifest names.' })),
  sourceVersion: Type.Optional(Type.String({ description: 'Version of the server that was backed up.' })),
  skippedGrants: Type.Optional(Type.Integer({ minimum: 1, description: 'Privileges that were left out because their role is not on this server.' })),
  standbysBehind: Type.Optional(Type.Integer({ minimum: 1, description: 'Standbys that had not replayed the swap when the run stopped waiting.' })),
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

export const dropPreviousSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('dropPrevious'),
  found: Type.Union([Type.Literal('dropped'), Type.Literal('absent'), Type.Literal('different')], { description: 'different: the name belongs to another database now, which was left alone.' }),
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

/** The answer to a discard where there is no backup. Where there is one after all, the answer is that of its dump. */
export const discardSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('discard'),
  found: Type.Union([Type.Literal('removed'), Type.Literal('nothing')], { description: 'removed: attempts had left something, which is gone.' }),
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

/** Backups that are stored, and have a manifest that can be believed. */
export const catalogueSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('catalogue'),
  backups: Type.Array(Type.Object({ folder: Type.String({ pattern: BACKUP_FOLDER, maxLength: MAX_BACKUP_FOLDER, description: '<backup>-<uid8>.' }), ...manifestFacts }), { maxItems: 64, description: 'The newest first.' }),
  refused: Type.Object(
    { count, first: Type.Array(Type.String({ maxLength: 256 }), { maxItems: 2 }) },
    { description: 'Folders with a manifest that cannot be believed, or read: how many, and why of the first.' },
  ),
  // The first result of a scan says it.
  orphans: Type.Optional(orphans),
  next: Type.Optional(Type.Object({ storedAt: Type.String(), folder: Type.String() }, { description: 'The last folder that was looked at. Absent: there are no more.' })),
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

/** What a standby was found to be like. */
const standbySeen = Type.Object({
  name: Type.String(),
  state: Type.Unsafe<StandbyState>({ type: 'string', enum: STANDBY_STATES }),
  // Absent where it could not be asked.
  systemIdentifierMatches: Type.Optional(Type.Boolean()),
  lagBytes: Type.Optional(count),
  lagSeconds: Type.Optional(Type.Number({ minimum: 0, description: 'From the commit of the fresh row to its arrival; for one that has not arrived, how long it was waited for.' })),
  rowArrived: Type.Optional(Type.Boolean()),
  observedAt: Type.String(),
});

/** The answer to a check that could be made, whatever it found. */
export const checkSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('check'),
  findings: Type.Array(
    Type.Object({ reason: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z]+$' }), message: Type.String() }),
    { maxItems: 16, description: 'What is not as it should be, the gravest first. None: all is well.' },
  ),
  standbys: Type.Array(standbySeen, { maxItems: 16 }),
  leftovers: Type.Optional(Type.Object({ dropped: count, left: count }, { description: 'Databases that restores loaded into. Absent where nobody asked for them, or the primary could not be asked.' })),
  // Absent where the primary could not be asked.
  serverVersion: Type.Optional(Type.String()),
  systemIdentifier: Type.Optional(Type.String()),
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

/** The answer to a drill in which the whole backup was restored, and its rows counted. */
export const drillSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('drill'),
  plainBytes: count,
  // Absent for a backup that does not say how much it holds.
  tables: Type.Optional(count),
  rows: Type.Optional(count),
  constraints: count,
  indexes: Type.Optional(Type.Integer({ minimum: 0, description: 'B-trees that were compared with their tables. Absent: the image does not have what it takes (amcheck).' })),
  sequences: count,
  queries: Type.Optional(
    Type.Array(Type.Object({ name: Type.String({ maxLength: 63 }), passed: Type.Boolean(), answer: Type.String({ maxLength: 512, description: 'Or why there was none.' }) }), { maxItems: 10 }),
  ),
  serverVersion: Type.String(),
  startedAt: Type.String(),
  restoredAt: Type.String({ description: 'When a restore would have been done: loaded, counted, analyzed.' }),
  finishedAt: Type.String(),
});

const upgradeFindings = (most: number) =>
  Type.Array(Type.Object({ reason: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z]+$' }), message: Type.String() }), { maxItems: most });

/** What is known of a major upgrade beforehand, whether it can be made or not. */
export const upgradeCheckSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('upgradeCheck'),
  findings: { ...upgradeFindings(16), description: 'Why it cannot be made, the gravest first. None: it can.' },
  notes: Type.Array(Type.String(), { maxItems: 16, description: 'What will be otherwise than before, and what somebody may want to know.' }),
  serverVersion: Type.String(),
  tables: count,
  bytes: { ...count, description: 'Of the database, with its indexes.' },
  neededBytes: { ...count, description: 'Further room on the volume that the new copy is likely to need while it is made.' },
  estimateSeconds: { ...count, description: 'How long nobody is served, as far as the size alone can tell.' },
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

export const upgradePrepareSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('upgradePrepare'),
  sessionsEnded: count,
  roles: { ...count, description: 'In the hand-over file.' },
  settings: { ...count, description: 'Of ALTER SYSTEM, in the hand-over file.' },
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

/** The answer to the question whether something was written since. */
export const upgradeVerifySucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('upgradeVerify'),
  findings: { ...upgradeFindings(4), description: 'What was written since. None: the backup has everything.' },
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

export const upgradeLoadSucceededSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('succeeded'),
  command: Type.Literal('upgradeLoad'),
  serverVersion: Type.String(),
  // What was counted in the new database.
  tables: count,
  rows: count,
  bytes: { ...count, description: 'Of the new database, with its indexes.' },
  notes: Type.Array(Type.String(), { maxItems: 16, description: 'What was not carried, or otherwise than before.' }),
  restartNeeded: Type.Optional(Type.Literal(true, { description: 'Some settings of ALTER SYSTEM are used from the next start on.' })),
  startedAt: Type.String(),
  finishedAt: Type.String(),
});

export const runFailedSchema = Type.Object({
  v: Type.Literal(1),
  outcome: Type.Literal('failed'),
  reason: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z]+$' }),
  message: Type.String(),
  retryable: Type.Boolean(),
});

export type DumpSucceeded = Static<typeof dumpSucceededSchema>;
export type RestoreSucceeded = Static<typeof restoreSucceededSchema>;
export type RunFailed = Static<typeof runFailedSchema>;
export type DropPreviousSucceeded = Static<typeof dropPreviousSucceededSchema>;
export type DiscardSucceeded = Static<typeof discardSucceededSchema>;
export type CatalogueSucceeded = Static<typeof catalogueSucceededSchema>;
export type CheckSucceeded = Static<typeof checkSucceededSchema>;
export type DrillSucceeded = Static<typeof drillSucceededSchema>;
export type UpgradeCheckSucceeded = Static<typeof upgradeCheckSucceededSchema>;
export type UpgradePrepareSucceeded = Static<typeof upgradePrepareSucceededSchema>;
export type UpgradeVerifySucceeded = Static<typeof upgradeVerifySucceededSchema>;
export type UpgradeLoadSucceeded = Static<typeof upgradeLoadSucceededSchema>;
export type RunResult =
  | DumpSucceeded
  | RestoreSucceeded
  | DropPreviousSucceeded
  | DiscardSucceeded
  | CatalogueSucceeded
  | CheckSucceeded
  | DrillSucceeded
  | UpgradeCheckSucceeded
  | UpgradePrepareSucceeded
  | UpgradeVerifySucceeded
  | UpgradeLoadSucceeded
  | RunFailed;
