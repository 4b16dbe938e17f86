import { validateBackup, validateDatabase, validateRestore } from './generated/validators.js';
import type { Backup } from './v1/backup.ts';
import type { Database } from './v1/database.ts';
import type { Restore } from './v1/restore.ts';

const VALIDATORS = { Database: validateDatabase, Backup: validateBackup, Restore: validateRestore } as const;

/**
 * What is wrong with an object's spec, or undefined. The API server checks the same schema; this guards against objects
 * stored under an older CRD, which it never checks again.
 */
export function specViolation(object: Database | Backup | Restore): string | undefined {
  const validate = VALIDATORS[object.kind];
  if (validate(object.spec)) return undefined;
  const [first] = validate.errors ?? [];
  return `spec${(first?.instancePath ?? '').replaceAll('/', '.')} ${first?.message ?? 'is invalid'}`;
}
