// The schema of the contract in run-result.ts.
import { Type, type Static } from 'typebox';

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
export type RunResult = DumpSucceeded | RestoreSucceeded | RunFailed;
