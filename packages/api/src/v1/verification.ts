// The fields of a Backup that is proven by a drill: a restore into a server that is thrown away.
import { Type, type Static } from 'typebox';
import { int64, time } from '../dialect.ts';
import { rulesAt } from '../rules.ts';
import { DRILL_VOLUME, VERIFICATION_RULES } from './verification-rules.ts';

/** What a Backup asks of drills. */
export const verificationSpec = Type.Object(
  {
    restore: Type.Optional(Type.Boolean({ description: 'True: once it is Completed, the Backup is restored into a server that is thrown away, and looked at there. Of a schedule: each run.' })),
    volumeSize: Type.String({
      description: 'How much room that server has on its node, as a quantity. A backup that needs more is not restored, and the condition says how much it needs.',
      default: DRILL_VOLUME,
      minLength: 1,
      maxLength: 32,
      ...rulesAt(VERIFICATION_RULES, 'verification.volumeSize'),
    }),
  },
  { description: 'How the Backup is proven: condition RestoreProven says what came of it. The live database takes no part in it.' },
);

/** What the newest drill found, and how far the one is that is under way. */
export const verificationStatus = Type.Object(
  {
    time: Type.Optional(time('When the newest drill ended, whatever it found.')),
    request: Type.Optional(Type.String({ description: 'Value of annotation database.example.com/drill that it answers.' })),
    durationSeconds: Type.Optional(int64('How long it took, from the start of its runner to the last check.')),
    tables: Type.Optional(int64('Tables that were restored and counted.')),
    rows: Type.Optional(int64('Rows that were restored and counted, as many as the backup holds.')),
    indexes: Type.Optional(int64('Indexes that were compared with their tables, row by row.')),
    bytesPerSecond: Type.Optional(int64('Bytes before compression that were restored each second, all steps of a restore included.')),
    serverVersion: Type.Optional(Type.String({ description: 'Version of PostgreSQL that it was restored into.' })),
    attempt: Type.Optional(Type.Integer({ minimum: 1, format: 'int32', description: 'Number of the attempt of the drill that is under way.' })),
    nextAttemptTime: Type.Optional(time('When it starts, while it waits for that.')),
  },
  { description: 'The newest drill. Whether it proved the Backup is in condition RestoreProven.' },
);

export type VerificationStatus = Static<typeof verificationStatus>;
