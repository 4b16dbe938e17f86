// The names of the Backups that a schedule creates.

/** YYYYMMDD-HHMMSS in UTC. */
const TIME_LENGTH = 15;

/** Such as nightly-20260102-030000: the same for the same slot, so that it is run once, however often it is tried. */
export const childName = (schedule: string, at: number): string => `${schedule}-${new Date(at).toISOString().replace(/[-:]|\..*/g, '').replace('T', '-')}`;

/** Characters that it has beside the name of the schedule. */
export const CHILD_SUFFIX_LENGTH = TIME_LENGTH + 1;
