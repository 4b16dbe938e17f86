// The rule on metadata.name that stands at the root of every kind.

/** The longest metadata.name of our kinds: names of children add up to 11 characters, and a DNS label has at most 63. */
export const MAX_NAME_LENGTH = 52;

const LABEL = '^[a-z]([-a-z0-9]*[a-z0-9])?$';

export const NAME_RULE = {
  rule: `self.metadata.name.size() <= ${MAX_NAME_LENGTH} && self.metadata.name.matches('${LABEL}')`,
  message: `metadata.name must be a DNS-1035 label (lower-case letters, digits and '-', starting with a letter) of at most ${MAX_NAME_LENGTH} characters: children add suffixes to it`,
  holds: (name: string): boolean => name.length <= MAX_NAME_LENGTH && new RegExp(LABEL).test(name),
};
