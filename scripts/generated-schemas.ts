// What is generated, apart from how. The contracts are read from their own files: importing them through the index
// would need the very validators that are generated here.
import {
  catalogueRequestSchema,
  checkRequestSchema,
  discardRequestSchema,
  drillRequestSchema,
  dropPreviousRequestSchema,
  dumpRequestSchema,
  restoreRequestSchema,
  upgradeCheckRequestSchema,
  upgradeLoadRequestSchema,
  upgradePrepareRequestSchema,
  upgradeVerifyRequestSchema,
} from '../packages/api/src/run-request-schema.ts';
import {
  catalogueSucceededSchema,
  checkSucceededSchema,
  discardSucceededSchema,
  drillSucceededSchema,
  dropPreviousSucceededSchema,
  dumpSucceededSchema,
  restoreSucceededSchema,
  runFailedSchema,
  upgradeCheckSucceededSchema,
  upgradeLoadSucceededSchema,
  upgradePrepareSucceededSchema,
  upgradeVerifySucceededSchema,
} from '../packages/api/src/run-result-schema.ts';
import { backupKind } from '../packages/api/src/v1/backup.ts';
import { databaseKind } from '../packages/api/src/v1/database.ts';
import { restoreKind } from '../packages/api/src/v1/restore.ts';
import type { KindDefinition } from '../packages/api/src/v1/shared.ts';

const kinds: readonly KindDefinition[] = [databaseKind, backupKind, restoreKind];

export const schemas = {
  kinds,
  validators: {
    Database: databaseKind.spec,
    Backup: backupKind.spec,
    Restore: restoreKind.spec,
    RunRequest: {
      anyOf: [
        ...[dumpRequestSchema, restoreRequestSchema, dropPreviousRequestSchema, discardRequestSchema, checkRequestSchema, drillRequestSchema, catalogueRequestSchema],
        ...[upgradeCheckRequestSchema, upgradePrepareRequestSchema, upgradeVerifyRequestSchema, upgradeLoadRequestSchema],
      ],
    },
    RunResult: {
      anyOf: [
        ...[dumpSucceededSchema, restoreSucceededSchema, dropPreviousSucceededSchema, discardSucceededSchema, checkSucceededSchema, drillSucceededSchema, catalogueSucceededSchema],
        ...[upgradeCheckSucceededSchema, upgradePrepareSucceededSchema, upgradeVerifySucceededSchema, upgradeLoadSucceededSchema, runFailedSchema],
      ],
    },
  },
} as const;
