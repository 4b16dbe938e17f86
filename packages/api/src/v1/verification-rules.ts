// The rules of a Backup's verification, apart from its schema: the controller needs these and not the schema library.
import { quantityValue } from '../quantity.ts';
import type { SpecRule } from '../rules.ts';

/** Room for the server of a drill, unless a Backup says otherwise. */
export const DRILL_VOLUME = '10Gi';

export const VERIFICATION_RULES: readonly SpecRule[] = [
  {
    at: 'verification.volumeSize',
    rule: "isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))",
    message: 'verification.volumeSize must be a positive quantity such as 10Gi',
    holds: (self: string) => (quantityValue(self) ?? 0) > 0,
  },
];
