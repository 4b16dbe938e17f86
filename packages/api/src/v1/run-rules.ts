// The rules of the specs of a Backup and a Restore, apart from their schemas: the controller needs these and not the schema library.
import type { SpecRule } from '../rules.ts';
import { isStorageLocation, STORAGE_LOCATION_CEL, STORAGE_LOCATION_RULE } from '../storage-location.ts';
import type { BackupSpec } from './backup.ts';
import { databaseNameRules } from './identifier.ts';
import type { RestoreSpec } from './restore.ts';
import { isScheduled, SCHEDULE_RULES } from './schedule-rules.ts';
import { VERIFICATION_RULES } from './verification-rules.ts';

const locationRule = (at: string): SpecRule => ({
  at,
  rule: STORAGE_LOCATION_CEL,
  message: `${at} ${STORAGE_LOCATION_RULE}`,
  holds: (self: string) => self === '' || isStorageLocation(self),
});

const ADOPTED_RULES: readonly SpecRule[] = [
  {
    at: '',
    rule: "!has(self.adopted) || !has(self.schedule) || self.schedule == ''",
    message: 'adopted is one backup that is there, and schedule makes others: remove one of them',
    holds: (self: BackupSpec) => self.adopted === undefined || !isScheduled(self),
  },
  {
    at: '',
    rule: "!has(self.adopted) || self.deletionPolicy != 'Delete'",
    message: 'deletionPolicy Delete is for backups that this cluster made: the data of an adopted one always stays. Remove it, and delete the data by hand',
    holds: ({ adopted, deletionPolicy }: BackupSpec) => adopted === undefined || deletionPolicy !== 'Delete',
  },
  {
    at: '',
    rule: 'has(self.adopted) == has(oldSelf.adopted)',
    message: 'adopted cannot be added to a Backup or taken from it: create another Backup',
  },
];

export const BACKUP_RULES: readonly SpecRule[] = [locationRule('storageLocation'), ...SCHEDULE_RULES, ...VERIFICATION_RULES, ...ADOPTED_RULES];

type Source = NonNullable<RestoreSpec['source']>;
type Selection = NonNullable<RestoreSpec['selection']>;

/** Names that the operator gives to databases while it restores. */
const OPERATOR_NAMES = '^(restore|previous)_[0-9a-f]{8}$';

export const RESTORE_RULES: readonly SpecRule[] = [
  locationRule('source.location'),
  {
    at: 'source',
    rule: 'has(self.location) != has(self.previousOf)',
    message: 'source must have one of location and previousOf',
    holds: ({ location, previousOf }: Source) => (location !== undefined) !== (previousOf !== undefined),
  },
  {
    at: 'source',
    rule: '!has(self.credentialsRef) || has(self.location)',
    message: 'source.credentialsRef is for source.location only: remove it',
    holds: ({ credentialsRef, location }: Source) => credentialsRef === undefined || location !== undefined,
  },
  ...databaseNameRules('targetDatabaseName'),
  {
    at: 'targetDatabaseName',
    rule: `!self.matches('${OPERATOR_NAMES}')`,
    message: 'targetDatabaseName must not look like restore_01234567 or previous_01234567: the operator uses such names itself',
    holds: (self: string) => !new RegExp(OPERATOR_NAMES).test(self),
  },
  {
    at: 'selection',
    rule: '(has(self.schemas) && self.schemas.size() > 0) || (has(self.tables) && self.tables.size() > 0)',
    message: 'selection must name schemas or tables: leave it out to restore everything',
    holds: ({ schemas = [], tables = [] }: Selection) => schemas.length + tables.length > 0,
  },
  {
    at: '',
    rule: 'has(self.backupRef) != has(self.source)',
    message: 'backupRef or source must say what to restore, one of them: a Backup, source.location, or source.previousOf',
    holds: ({ backupRef, source }: RestoreSpec) => (backupRef !== undefined) !== (source !== undefined),
  },
  {
    at: '',
    rule: '!has(self.before) || has(self.backupRef)',
    message: 'before chooses among Backups: it goes with backupRef only',
    holds: ({ before, backupRef }: RestoreSpec) => before === undefined || backupRef !== undefined,
  },
  {
    at: '',
    rule: '!has(self.selection) || has(self.targetDatabaseName)',
    message: 'selection needs targetDatabaseName: a part of a backup never takes the place of a whole database',
    holds: ({ selection, targetDatabaseName }: RestoreSpec) => selection === undefined || targetDatabaseName !== undefined,
  },
  {
    at: '',
    rule: '!has(self.onlyIfEmpty) || !self.onlyIfEmpty || (!has(self.targetDatabaseName) && (!has(self.source) || !has(self.source.previousOf)))',
    message: 'onlyIfEmpty is about the live database that a backup replaces: remove it, or targetDatabaseName and source.previousOf',
    holds: ({ onlyIfEmpty = false, targetDatabaseName, source }: RestoreSpec) => !onlyIfEmpty || (targetDatabaseName === undefined && source?.previousOf === undefined),
  },
  {
    at: '',
    rule: "self.mode != 'Replace' || !has(self.targetDatabaseName)",
    message: 'mode Replace and targetDatabaseName exclude each other: what is restored beside replaces nothing',
    holds: ({ mode, targetDatabaseName }: RestoreSpec) => mode !== 'Replace' || targetDatabaseName === undefined,
  },
  {
    at: '',
    rule: "!has(self.source) || !has(self.source.previousOf) || (self.mode == 'Swap' && !has(self.targetDatabaseName))",
    message: 'source.previousOf swaps two databases that are there: remove targetDatabaseName and mode Replace',
    holds: ({ source, mode, targetDatabaseName }: RestoreSpec) => source?.previousOf === undefined || (mode === 'Swap' && targetDatabaseName === undefined),
  },
];
