// The fields of a Backup that is proven by a drill: a restore into a server that is thrown away.
import { Type, type Static } from 'typebox';
import { duration, int64, time } from '../dialect.ts';
import { rulesAt } from '../rules.ts';
import { DRILL_LOGS, DRILL_VOLUME, EXPECTED, VERIFICATION_RULES } from './verification-rules.ts';

const queryName = (description: string): ReturnType<typeof Type.String> => Type.String({ description, minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' });
const byName = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };

const queries = Type.Array(
  Type.Object(
    {
      name: queryName('What it is called in the status.'),
      sql: Type.String({ description: 'A SELECT with one row and one column. It is run as the owner of the content, reads only, and has a minute.', minLength: 1, maxLength: 4096 }),
      expect: Type.Optional(Type.String({ description: 'The answer that is right, as text; that of a condition is true or false.', default: EXPECTED, maxLength: 256 })),
    },
    { description: 'A question, and its answer.' },
  ),
  { description: 'Questions to the restored database. A wrong answer counts against the Backup.', maxItems: 10, ...byName },
);

/** What a Backup asks of drills. */
export const verificationSpec = Type.Object(
  {
    restore: Type.Optional(Type.Boolean({ description: 'True: once it is Completed, the Backup is restored into a server that is thrown away, and looked at there. Of a schedule: each run.' })),
    schedule: Type.Optional(
      Type.String({
        description: 'When to drill the newest good run of this schedule, as in schedule. Each run, where restore asks for it, is drilled all the same.',
        minLength: 1,
        maxLength: 256,
        ...rulesAt(VERIFICATION_RULES, 'verification.schedule'),
      }),
    ),
    queries: Type.Optional(queries),
    volumeSize: Type.Optional(Type.String({
      description: 'How much room that server has on its node, as a quantity. A backup that needs more is not restored, and the condition says how much it needs.',
      default: DRILL_VOLUME,
      minLength: 1,
      maxLength: 32,
      ...rulesAt(VERIFICATION_RULES, 'verification.volumeSize'),
    })),
    keepLogs: Type.Optional(duration({
      description: 'How long the Job of a drill is kept after its end, and with it the logs of its two containers, such as 24h.',
      default: DRILL_LOGS,
      ...rulesAt(VERIFICATION_RULES, 'verification.keepLogs'),
    })),
  },
  { description: 'How the Backup is proven: condition RestoreProven says what came of it. The live database takes no part in it.' },
);

/** What the newest drill found, and how far the one is that is under way. */
export const verificationStatus = Type.Object(
  {
    time: Type.Optional(time('When the newest drill ended, whatever it found.')),
    request: Type.Optional(Type.String({ description: 'Value of annotation database.example.com/drill that it answers.' })),
    scheduledTime: Type.Optional(time('The time by verification.schedule that it answers.')),
    durationSeconds: Type.Optional(int64('How long it took, from the start of its runner to the last check.')),
    tables: Type.Optional(int64('Tables that were restored and counted.')),
    rows: Type.Optional(int64('Rows that were restored and counted, as many as the backup holds.')),
    indexes: Type.Optional(int64('Indexes that were compared with their tables, row by row.')),
    bytesPerSecond: Type.Optional(int64('Bytes before compression that were restored each second, all steps of a restore included.')),
    serverVersion: Type.Optional(Type.String({ description: 'Version of PostgreSQL that it was restored into.' })),
    queries: Type.Optional(
      Type.Array(
        Type.Object(
          { name: queryName('The query.'), passed: Type.Boolean({ description: 'Whether its answer was the right one.' }), answer: Type.String({ description: 'The answer, shortened; or why there was none.', maxLength: 512 }) },
          { description: 'What came of a query.' },
        ),
        { description: 'What came of the queries.', maxItems: 10, ...byName },
      ),
    ),
    attempt: Type.Optional(Type.Integer({ minimum: 1, format: 'int32', description: 'Number of the attempt of the drill that is under way.' })),
    nextAttemptTime: Type.Optional(time('When it starts, while it waits for that.')),
  },
  { description: 'The newest drill. Whether it proved the Backup is in condition RestoreProven.' },
);

export type VerificationStatus = Static<typeof verificationStatus>;
