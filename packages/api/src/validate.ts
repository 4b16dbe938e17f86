import { validateBackup, validateDatabase, validateRestore, type Violation } from './generated/validators.js';
import { brokenRules } from './rules.ts';
import type { Backup } from './v1/backup.ts';
import { DATABASE_RULES } from './v1/database-rules.ts';
import type { Database } from './v1/database.ts';
import { NAME_RULE, SCHEDULE_NAME_RULE } from './v1/name-rule.ts';
import type { Restore } from './v1/restore.ts';
import { BACKUP_RULES, RESTORE_RULES } from './v1/run-rules.ts';

const KINDS = {
  Database: { validate: validateDatabase, rules: DATABASE_RULES },
  Backup: { validate: validateBackup, rules: BACKUP_RULES },
  Restore: { validate: validateRestore, rules: RESTORE_RULES },
} as const;

/**
 * What is wrong with an object's name and spec, or undefined. The API server checks the same schema and rules, and says it in
 * the same words; this guards against objects stored under an older CRD, which it never checks again.
 */
export function specViolation({ kind, metadata, spec }: Pick<Database | Backup | Restore, 'kind' | 'spec'> & { readonly metadata: { readonly name: string } }): string | undefined {
  const { validate, rules } = KINDS[kind];
  if (!validate(spec)) return schemaViolation(validate.errors?.[0]);
  const broken = [...(NAME_RULE.holds(metadata.name) ? [] : [NAME_RULE.message]), ...('schedule' in spec && !SCHEDULE_NAME_RULE.holds(metadata.name, spec) ? [SCHEDULE_NAME_RULE.message] : []), ...brokenRules(rules, spec)];
  return broken.length === 0 ? undefined : broken.join('; ');
}

/** How the API server says it. */
const WORDS: Readonly<Record<string, (params: Record<string, unknown>) => string>> = {
  minimum: ({ limit }) => `should be greater than or equal to ${String(limit)}`,
  maximum: ({ limit }) => `should be less than or equal to ${String(limit)}`,
  minLength: ({ limit }) => `should be at least ${String(limit)} chars long`,
  maxLength: ({ limit }) => `may not be longer than ${String(limit)}`,
  pattern: ({ pattern }) => `should match '${String(pattern)}'`,
  enum: ({ allowedValues }) => `supported values: ${(allowedValues as readonly unknown[]).map((value) => JSON.stringify(value)).join(', ')}`,
};

function schemaViolation(error: Violation | undefined): string {
  const { instancePath = '', keyword = '', params = {}, message = 'is invalid' } = error ?? {};
  const path = `spec${instancePath.replaceAll('/', '.')}`;
  if (keyword === 'required') return `${path}.${String(params['missingProperty'])}: Required value`;
  return `${path}: ${WORDS[keyword]?.(params) ?? message}`;
}
