// The rules of a Backup's verification, apart from its schema: the controller needs these and not the schema library.
import { parseDuration } from '../duration.ts';
import { quantityValue } from '../quantity.ts';
import type { SpecRule } from '../rules.ts';
import type { BackupSpec } from './backup.ts';
import { isScheduled, SCHEDULE } from './schedule-rules.ts';

/** Room for the server of a drill, unless a Backup says otherwise. */
export const DRILL_VOLUME = '10Gi';

/** How long the logs of a drill are kept, unless a Backup says otherwise. */
export const DRILL_LOGS = '1h';

/** The right answer to a query that names none: it is a condition that holds. */
export const EXPECTED = 'true';

const MINUTE = 60_000;

export const VERIFICATION_RULES: readonly SpecRule[] = [
  {
    at: 'verification.schedule',
    rule: `self.matches('${SCHEDULE}')`,
    message: 'verification.schedule must be five fields as in crontab, such as 0 5 * * SUN, or a name such as @weekly',
    holds: (self: string) => new RegExp(SCHEDULE).test(self),
  },
  {
    at: '',
    rule: "!has(self.verification) || !has(self.verification.schedule) || (has(self.schedule) && self.schedule != '')",
    message: 'verification.schedule drills the newest good run of a schedule: add schedule, or take verification.restore instead',
    holds: (self: BackupSpec) => self.verification?.schedule === undefined || isScheduled(self),
  },
  {
    at: 'verification.volumeSize',
    rule: "isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))",
    message: 'verification.volumeSize must be a positive quantity such as 10Gi',
    holds: (self: string) => (quantityValue(self) ?? 0) > 0,
  },
  {
    at: 'verification.keepLogs',
    rule: "duration(self) >= duration('1m')",
    message: 'verification.keepLogs must be at least 1m: the operator reads the end of a drill from the Job that has the logs',
    holds: (self: string) => (parseDuration(self) ?? 0) >= MINUTE,
  },
];
