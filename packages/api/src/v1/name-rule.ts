// The rules on metadata.name that stand at the root of the kinds.
import { isScheduled } from './schedule-rules.ts';

/** The longest metadata.name of our kinds: names of children add up to 11 characters, and a DNS label has at most 63. */
export const MAX_NAME_LENGTH = 52;

const LABEL = '^[a-z]([-a-z0-9]*[a-z0-9])?$';

export const NAME_RULE = {
  rule: `self.metadata.name.size() <= ${MAX_NAME_LENGTH} && self.metadata.name.matches('${LABEL}')`,
  message: `metadata.name must be a DNS-1035 label (lower-case letters, digits and '-', starting with a letter) of at most ${MAX_NAME_LENGTH} characters: children add suffixes to it`,
  holds: (name: string): boolean => name.length <= MAX_NAME_LENGTH && new RegExp(LABEL).test(name),
};

/** The longest name of a Backup with a schedule: -20260102-030405 follows in the names of its runs. */
export const MAX_SCHEDULE_NAME_LENGTH = MAX_NAME_LENGTH - 16;

export const SCHEDULE_NAME_RULE = {
  rule: `!has(self.spec.schedule) || self.spec.schedule == '' || self.metadata.name.size() <= ${MAX_SCHEDULE_NAME_LENGTH}`,
  message: `metadata.name of a Backup with a schedule must have at most ${MAX_SCHEDULE_NAME_LENGTH} characters: the Backups that it creates add the time to it`,
  holds: (name: string, spec: { readonly schedule?: string }): boolean => !isScheduled(spec) || name.length <= MAX_SCHEDULE_NAME_LENGTH,
};
