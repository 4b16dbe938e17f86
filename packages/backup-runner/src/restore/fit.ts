// Whether a backup can go into a server at all. Asked before its bytes are read, and long before anything is written.
import type { RestoreRequest } from '@postgres-operator/api';
import type { Client } from 'pg';
import { RunError } from '../errors.ts';
import type { DatabaseFacts } from '../postgres/server-facts.ts';
import type { Manifest } from '../storage/manifest.ts';
import { majorOf } from './verified-backup.ts';

/** Refuses what the manifest alone shows to be impossible. */
export function requirePossible({ selection, serverVersion, location }: Manifest, live: Pick<DatabaseFacts, 'serverVersion' | 'serverMajor'>, { targetDatabase }: RestoreRequest): void {
  if (selection !== undefined && targetDatabase === undefined) {
    throw new RunError(
      'BackupPartial',
      `${location} holds a part of its database only (${JSON.stringify(selection)}), and can never take the place of the whole; restore it beside, under a targetDatabase`,
    );
  }
  if (majorOf(serverVersion) > live.serverMajor) {
    throw new RunError(
      'ServerTooOld',
      `${location} is of PostgreSQL ${serverVersion}, and this server has ${live.serverVersion}: a newer major never goes into an older server. Upgrade the Database, or restore into another one.`,
    );
  }
}

/** Refuses an encoding whose characters the server cannot turn into those of the database. Single characters may still be unknown to it: then loading fails. */
export async function requireEncoding(client: Client, { database, location }: Manifest, live: DatabaseFacts): Promise<void> {
  const { encoding } = database;
  if (encoding === live.encoding || [encoding, live.encoding].includes('SQL_ASCII')) return;
  const { rows } = await client.query(
    'select 1 from pg_conversion where conforencoding = pg_char_to_encoding($1) and contoencoding = pg_char_to_encoding($2) and condefault',
    [encoding, live.encoding],
  );
  if (rows.length > 0) return;
  throw new RunError('RestoreFailed', `${location} is encoded in ${encoding}, which the encoding ${live.encoding} of the database ${JSON.stringify(live.name)} cannot hold`);
}

// What initdb makes has lower numbers (FirstNormalObjectId). Somebody's temporary table is no content.
const CONTENT = `select 1 from pg_class where oid >= 16384 and relpersistence <> 't' and relnamespace <> 'pg_toast'::regnamespace
  union all select 1 from pg_proc where oid >= 16384
  union all select 1 from pg_type where oid >= 16384 and typnamespace not in (select oid from pg_namespace where starts_with(nspname, 'pg_temp_'))
  union all select 1 from pg_namespace where oid >= 16384 and not starts_with(nspname, 'pg_temp_') and not starts_with(nspname, 'pg_toast_temp_')
  union all select 1 from pg_extension where oid >= 16384
  union all select 1 from pg_largeobject_metadata
  limit 1`;

/** Refuses a database that holds anything. The session is connected to it. */
export async function requireEmpty(client: Client, database: string): Promise<void> {
  const { rows } = await client.query(CONTENT);
  if (rows.length === 0) return;
  throw new RunError('TargetNotEmpty', `the database ${JSON.stringify(database)} holds something already, and this restore was to go into an empty one only (onlyIfEmpty); the database is unchanged`);
}
