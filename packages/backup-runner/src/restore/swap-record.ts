// How a later run knows that the swap of this very restore has happened: a setting of the database itself. It is written on
// the new database before the swap and takes the live name with it, in one transaction; it stays until the next restore.
import type { RestoreSucceeded } from '@postgres-operator/api';
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';

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

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const digest: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const backup: Check = (value) => {
  const { namespace, name, uid } = Object(value) as Record<string, unknown>;
  return [namespace, name, uid].every(text);
};

const REQUIRED: Readonly<Record<string, Check>> = { uid: text, startedAt: text, bytes: count };
const OPTIONAL: Readonly<Record<string, Check>> = {
  tables: count,
  rows: count,
  outageMilliseconds: count,
  manifestSha256: digest,
  backup,
  sourceVersion: text,
  skippedGrants: (value) => count(value) && value !== 0,
};

/** Reads a record's text. Total: the database's owner can write anything there. */
export function parseSwapRecord(source: string | undefined): SwapRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(source ?? '');
  } catch {
    return undefined;
  }
  const fields = Object(value) as Record<string, unknown>;
  if (!Object.entries(REQUIRED).every(([name, check]) => check(fields[name]))) return undefined;
  const known = Object.entries({ ...REQUIRED, ...OPTIONAL }).filter(([name, check]) => check(fields[name]));
  return Object.fromEntries(known.map(([name]) => [name, fields[name]])) as unknown as SwapRecord;
}
