// How a later run knows that the swap of this very restore has happened: a setting of the database itself. It is written on
// the new database before the swap and takes the live name with it, in one transaction; it stays until the next restore.
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';

/** A custom setting, which PostgreSQL stores with the database and otherwise ignores. */
export const SWAP_SETTING = 'database_operator.restore';

/** What is known of a restore once its database is the live one. */
export interface SwapRecord {
  readonly uid: string;
  readonly bytes: number;
  /** What was counted before the swap. */
  readonly tables?: number;
  readonly rows?: number;
  readonly startedAt: string;
  readonly outageMilliseconds?: number;
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

/** Reads a record's text. Total: the database's owner can write anything there. */
export function parseSwapRecord(text: string | undefined): SwapRecord | undefined {
  try {
    const value = JSON.parse(text ?? '') as Partial<SwapRecord> | null;
    if (typeof value?.uid !== 'string' || typeof value.startedAt !== 'string') return undefined;
    const { uid, startedAt, bytes, tables, rows, outageMilliseconds } = value;
    if (!isCount(bytes)) return undefined;
    return {
      uid,
      startedAt,
      bytes,
      ...(isCount(tables) && isCount(rows) && { tables, rows }),
      ...(isCount(outageMilliseconds) && { outageMilliseconds }),
    };
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
