// The fields of a Backup that repeats itself, and of what becomes of its runs.
import { Type, type Static } from 'typebox';
import { age, int64, stringEnum, time } from '../dialect.ts';
import { rulesAt } from '../rules.ts';
import { DELETION_POLICIES } from './phases.ts';
import { SCHEDULE_RULES } from './schedule-rules.ts';

const keep = (description: string): ReturnType<typeof Type.Integer> => Type.Integer({ minimum: 0, maximum: 1000, format: 'int32', description });

const retentionPolicy = Type.Object(
  {
    keepLast: Type.Optional(keep('The newest so many.')),
    keepDaily: Type.Optional(keep('The newest of each of the last so many days that have one.')),
    keepWeekly: Type.Optional(keep('The newest of each of the last so many weeks (from Monday) that have one.')),
    keepMonthly: Type.Optional(keep('The newest of each of the last so many months that have one.')),
    keepYearly: Type.Optional(keep('The newest of each of the last so many years that have one.')),
    maxAge: Type.Optional(age({ description: 'Older ones go although another rule wants them, such as 90d. Alone: younger ones stay.' })),
    minKeep: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, format: 'int32', description: 'So many of the newest stay, whatever the other rules say. Default: 1.' })),
  },
  {
    description: 'Which good backups of this schedule are kept, in the place of retention. What no rule wants is deleted with its data. Days begin at midnight of timeZone.',
    ...rulesAt(SCHEDULE_RULES, 'retentionPolicy'),
  },
);

const anomaly = Type.Object(
  {
    maxRowDropPercent: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, format: 'int32', description: 'A run with so many percent less rows, or bytes before compression, than the last good one is suspicious; 100 turns it off. Default: 50.' })),
    maxMissingTables: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, format: 'int32', description: 'So many tables fewer than in the last good run are fine. Default: a tenth of them, at least one.' })),
    minRows: Type.Optional(int64('A last good run with fewer rows is too small to say anything. Default: 1000.')),
  },
  { description: 'When a run of a schedule is Suspicious: kept, but neither counted as good nor chosen as the newest, until a person accepts it.' },
);

/** The fields of the spec. */
export const scheduleSpec = {
  schedule: Type.Optional(
    Type.String({
      description:
        'When to run: five fields as in crontab (30 2 * * *), or @hourly, @daily, @weekly, @monthly, @yearly, or @hourly-random, @daily-random, @weekly-random, @monthly-random for a time of its own that does not move. Such a Backup creates a Backup <name>-<time> each time, and is none itself. Empty: it runs once, now.',
      maxLength: 256,
      ...rulesAt(SCHEDULE_RULES, 'schedule'),
    }),
  ),
  timeZone: Type.Optional(Type.String({ description: 'The time zone of schedule, as in the IANA list, such as Europe/Berlin. Default: Etc/UTC.', minLength: 1, maxLength: 64 })),
  suspend: Type.Optional(Type.Boolean({ description: 'True: nothing is run by schedule, and nothing is made up for later.' })),
  startingDeadlineSeconds: Type.Optional(Type.Integer({ minimum: 10, maximum: 31_536_000, format: 'int32', description: 'A run that could not be started so many seconds after its time is left out. Without it, the last one that was missed is made up for.' })),
  retention: Type.Integer({ minimum: 1, maximum: 1000, default: 5, format: 'int32', description: 'How many good backups of this schedule are kept; older ones are deleted with their data. retentionPolicy takes its place. A Backup without schedule is kept.' }),
  retentionPolicy: Type.Optional(retentionPolicy),
  anomaly: Type.Optional(anomaly),
  pinned: Type.Optional(Type.Boolean({ description: 'True: retention never deletes this Backup.' })),
  deletionPolicy: stringEnum(DELETION_POLICIES, { description: 'What becomes of the stored data when this Backup is deleted. Runs of a schedule have that of the schedule; what retention deletes, it deletes with its data.', default: 'Retain' }),
};

/** The fields of the status of a Backup with a schedule. */
export const scheduleStatus = {
  effectiveSchedule: Type.Optional(Type.String({ description: 'The schedule as five fields, with its time zone.' })),
  lastScheduledTime: Type.Optional(time('The time by the schedule of the newest run.')),
  nextScheduledTime: Type.Optional(time('When the next run is due.')),
  newestRun: Type.Optional(Type.String({ description: 'Name of the newest run, a Backup. phase and BackupReady are about it.' })),
  newestGood: Type.Optional(Type.String({ description: 'Name of the newest good backup: Completed and not suspicious. A Restore that names this schedule restores it.' })),
  backupCount: Type.Optional(int64('Good backups of this schedule.')),
  nextDrillTime: Type.Optional(time('When verification.schedule asks for the next drill.')),
  drill: Type.Optional(
    Type.Object({ run: Type.String({ description: 'Name of the run: the newest good one at that time.' }), scheduledTime: time('The time by verification.schedule.') }, { description: 'The last drill that verification.schedule asked for. What came of it is in the status of that run.' }),
  ),
  missedRuns: Type.Optional(int64('Runs that were due and never started.')),
  runNow: Type.Optional(
    Type.Object(
      {
        value: Type.String({ description: 'Value of the annotation that asked for it.' }),
        requestedAt: time('When that was seen.'),
        run: Type.Optional(Type.String({ description: 'Name of the Backup that was created.' })),
      },
      { description: 'The last run that annotation database.example.com/run-now asked for.' },
    ),
  ),
  deletingNext: Type.Optional(
    Type.Array(Type.Object({ name: Type.String({ description: 'Name of the Backup.' }), after: time('Not before this time.') }, { description: 'A Backup that goes.' }), { maxItems: 50, description: 'What retention is going to delete.' }),
  ),
};

/** The field of the status of a Backup whose data is being deleted. */
export const deletionStatus = Type.Object(
  {
    attempt: Type.Integer({ minimum: 1, format: 'int32', description: 'Number of the attempt to delete the data.' }),
    nextAttemptTime: Type.Optional(time('When it starts, while it waits for that.')),
  },
  { description: 'How far the deletion of the stored data is.' },
);

export type RetentionPolicy = Static<typeof retentionPolicy>;
export type Anomaly = Static<typeof anomaly>;
