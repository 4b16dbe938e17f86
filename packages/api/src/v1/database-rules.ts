// The rules of a Database's spec, apart from its schema: the controller needs these and not the schema library.
import { OPERATOR_ROLES } from '../names.ts';
import { quantityValue } from '../quantity.ts';
import type { SpecRule } from '../rules.ts';
import type { DatabaseSpec } from './database.ts';
import { databaseNameRules, identifierBytes, noneOf } from './identifier.ts';
import { PARAMETER_RULES } from './parameter-rules.ts';

/** Major versions of PostgreSQL that the operator runs. */
const MAJORS = [14, 15, 16, 17, 18];

const immutable = (at: string): SpecRule => ({ at, rule: 'self == oldSelf', message: `${at} cannot change: create a new Database and restore a Backup into it` });

const BACKUP_REF_IMMUTABLE = 'backupRef cannot be added, changed or removed later: it says what a new Database starts with. Create a Restore to put another content into this one';

const isPositive = (quantity: string): boolean => (quantityValue(quantity) ?? 0) > 0;
const MANY_REPLICAS_NEED = '50Gi';

/** The tag of an image starts with one of the majors. */
const WITH_MAJOR = String.raw`^[^@]*:(1[4-8])([^0-9@:/][^@:/]*)?(@[^@/]*)?$`;
/** The tag starts with this number, whatever follows. */
const tagged = (major: number | string): string => `^[^@]*:${major}([^0-9/]|$)`;
const ANY_MAJOR = '1[4-8]';
const OF_POSTGRES = '^([^ ]*/)?[^/ ]*postgres[^/ ]*$';

export const DATABASE_RULES: readonly SpecRule[] = [
  {
    at: 'image',
    rule: `self.matches('${OF_POSTGRES}')`,
    message: "image must be a PostgreSQL image: the last part of its name must contain 'postgres'",
    holds: (self: string) => new RegExp(OF_POSTGRES).test(self),
  },
  ...databaseNameRules('databaseName'),
  immutable('databaseName'),
  identifierBytes('username'),
  {
    at: 'username',
    rule: "!self.startsWith('pg_')",
    message: 'username must not start with pg_: PostgreSQL reserves these names',
    holds: (self: string) => !self.startsWith('pg_'),
  },
  noneOf('username', ['public', 'none'], 'PostgreSQL reserves these names'),
  noneOf('username', OPERATOR_ROLES, 'the operator uses these roles itself'),
  immutable('username'),
  {
    at: 'storage.size',
    rule: "isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))",
    message: 'storage.size must be a positive quantity such as 10Gi',
    holds: isPositive,
  },
  { at: 'storage.size', rule: '!isQuantity(self) || !isQuantity(oldSelf) || !quantity(self).isLessThan(quantity(oldSelf))', message: 'storage.size cannot shrink: volumes only grow' },
  immutable('storage.storageClass'),
  { at: 'backupRef', rule: 'self == oldSelf', message: BACKUP_REF_IMMUTABLE },
  { at: '', rule: 'has(self.backupRef) == has(oldSelf.backupRef)', message: BACKUP_REF_IMMUTABLE },
  ...PARAMETER_RULES,
  {
    at: '',
    rule: `self.replicas <= 5 || (isQuantity(self.storage.size) && !quantity(self.storage.size).isLessThan(quantity('${MANY_REPLICAS_NEED}')))`,
    message: `replicas above 5 need storage.size of at least ${MANY_REPLICAS_NEED}`,
    holds: ({ replicas, storage }: DatabaseSpec) => replicas <= 5 || (quantityValue(storage.size) ?? 0) >= (quantityValue(MANY_REPLICAS_NEED) ?? 0),
  },
  {
    at: '',
    rule: `has(self.majorVersion) || self.image.matches('${WITH_MAJOR}')`,
    message: 'image must carry a tag that starts with a major version from 14 to 18 (such as postgres:14), or majorVersion must say it',
    holds: ({ majorVersion, image }: DatabaseSpec) => majorVersion !== undefined || new RegExp(WITH_MAJOR).test(image),
  },
  {
    at: '',
    // One fixed pattern a major: a pattern made from the value would cost more than CEL's budget.
    rule: `!has(self.majorVersion) || !self.image.matches('${tagged(ANY_MAJOR)}') || ${MAJORS.map((major) => `(self.majorVersion == ${major} && self.image.matches('${tagged(major)}'))`).join(' || ')}`,
    message: 'majorVersion contradicts the tag of image: leave it out where the tag says the version',
    holds: ({ majorVersion, image }: DatabaseSpec) => majorVersion === undefined || !new RegExp(tagged(ANY_MAJOR)).test(image) || new RegExp(tagged(majorVersion)).test(image),
  },
  { at: '', rule: 'has(self.storage.storageClass) == has(oldSelf.storage.storageClass)', message: 'storage.storageClass cannot be added or removed later' },
];
