// The rules of a Backup with a schedule, apart from its schema: the controller needs these and not the schema library.
import type { SpecRule } from '../rules.ts';
import type { BackupSpec } from './backup.ts';

const FIELD = '[0-9A-Za-z*,/-]+';
/** What a schedule looks like; the controller reads it, and says in condition Scheduled what it cannot read. */
export const SCHEDULE = `^(@[a-z]+(-random)?|${FIELD}( +${FIELD}){4})?$`;

/** True for a Backup that runs again and again, by creating others. */
export const isScheduled = ({ schedule }: { readonly schedule?: string }): boolean => schedule !== undefined && schedule !== '';

const SCHEDULED = "(has(self.schedule) && self.schedule != '')";

/** Fields that say something of a schedule only. */
const OF_SCHEDULES = ['timeZone', 'suspend', 'startingDeadlineSeconds', 'retentionPolicy'] as const;

export const SCHEDULE_RULES: readonly SpecRule[] = [
  {
    at: 'schedule',
    rule: `self.matches('${SCHEDULE}')`,
    message: 'schedule must be five fields as in crontab, such as 30 2 * * *, or a name such as @daily or @daily-random',
    holds: (self: string) => new RegExp(SCHEDULE).test(self),
  },
  {
    at: 'retentionPolicy',
    rule: '[has(self.keepLast) && self.keepLast > 0, has(self.keepDaily) && self.keepDaily > 0, has(self.keepWeekly) && self.keepWeekly > 0, has(self.keepMonthly) && self.keepMonthly > 0, has(self.keepYearly) && self.keepYearly > 0, has(self.maxAge)].exists(one, one)',
    message: 'retentionPolicy must say what to keep: keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly or maxAge',
    holds: ({ keepLast = 0, keepDaily = 0, keepWeekly = 0, keepMonthly = 0, keepYearly = 0, maxAge }: NonNullable<BackupSpec['retentionPolicy']>) =>
      keepLast + keepDaily + keepWeekly + keepMonthly + keepYearly > 0 || maxAge !== undefined,
  },
  {
    at: '',
    rule: `${SCHEDULED} || !(${OF_SCHEDULES.map((field) => `has(self.${field})`).join(' || ')})`,
    message: `schedule is missing: ${OF_SCHEDULES.slice(0, -1).join(', ')} and ${OF_SCHEDULES.slice(-1).join('')} go with it only. Add one, or remove them`,
    holds: (self: BackupSpec) => isScheduled(self) || OF_SCHEDULES.every((field) => self[field] === undefined),
  },
  {
    at: '',
    rule: `${SCHEDULED} == ${SCHEDULED.replaceAll('self.', 'oldSelf.')}`,
    message: 'schedule cannot be added to a Backup or taken from it: create another Backup, or suspend this one',
  },
];
