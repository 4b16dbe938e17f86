// How a later run knows that the swap of this very restore has happened: a setting of the database itself. It is written on
// the new database before the swap and takes the live name with it, in one transaction; it stays until the next restore.
import type { RestoreSucceeded } from '@postgres-operator/api';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { count, isRecord, optional, sha256, shape, text, type Check, type Fields } from '../shape.ts';

/** A custom setting, which PostgreSQL stores with the database and otherwise ignores. */
export const SWAP_SETTING = 'database_operator.restore';

/** What is known of a restore once its database has its final name: the result's own fields. */
export interface SwapRecord
  extends Pick<RestoreSucceeded, 'bytes' | 'startedAt' | 'tables' | 'rows' | 'outageMilliseconds' | 'manifestSha256' | 'backup' | 'sourceVersion' | 'skippedGrants'> {
  readonly uid: string;
}

/** Writes the record as a setting of a database. */
export async function writeSwapRecord(client: Client, database: string, record: SwapRecord): Promise<void> {
  const name = SWAP_SETTING.split('.').map(escapeIdentifier).join('.');
  await client.query(`alter database ${escapeIdentifier(database)} set ${name} to ${escapeLiteral(JSON.stringify(record))}`);
}

/** Reads the record of a database, if it has one of the restore `uid`. */
export async function readSwapRecord(client: Client, database: string, uid: string): Promise<SwapRecord | undefined> {
  const { rows } = await client.query<{ setting: string }>(
    `select setting from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) setting
      where d.datname = $1 and s.setrole = 0 and starts_with(setting, $2)`,
    [database, `${SWAP_SETTING}=`],
  );
  const record = parseSwapRecord(rows[0]?.setting.slice(SWAP_SETTING.length + 1));
  return record?.uid === uid ? record : undefined;
}

const FIELDS: Fields<SwapRecord> = {
  uid: text,
  startedAt: text,
  bytes: count,
  tables: optional(count),
  rows: optional(count),
  outageMilliseconds: optional(count),
  manifestSha256: optional(sha256),
  backup: optional(shape<NonNullable<SwapRecord['backup']>>({ namespace: text, name: text, uid: text })),
  sourceVersion: optional(text),
  skippedGrants: (value): value is number | undefined => value === undefined || (count(value) && value !== 0),
};
const isSwapRecord = shape(FIELDS);

/** Reads a record's text. Total: the database's owner can write anything there. */
export function parseSwapRecord(source: string | undefined): SwapRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(source ?? '');
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  // Field by field, so that one that says nothing takes no other with it.
  const found = value;
  const known = Object.entries<Check<unknown>>(FIELDS).flatMap(([name, check]) => (name in found && check(found[name]) ? [[name, found[name]]] : []));
  const record: unknown = Object.fromEntries(known);
  return isSwapRecord(record) ? record : undefined;
}
