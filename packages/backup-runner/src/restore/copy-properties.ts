// What a database has besides its content, and no dump of one database brings: owner, limit, privileges, settings.
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { DatabaseFacts } from '../postgres/server-facts.ts';
import { SWAP_SETTING } from './swap-record.ts';

/** Gives the database `to` the owner, connection limit, privileges and settings of the live one. All or nothing. */
export async function copyProperties(client: Client, live: DatabaseFacts, to: string): Promise<void> {
  const target = escapeIdentifier(to);
  await client.query('begin');
  await client.query(`alter database ${target} owner to ${escapeIdentifier(live.owner)}`);
  await client.query(`alter database ${target} connection limit ${live.connectionLimit}`);
  await copyPrivileges(client, live, target);
  await copySettings(client, live, target);
  await client.query('commit');
}

interface Privilege {
  grantee: string | null;
  privilege: string;
  grantable: boolean;
}

async function copyPrivileges(client: Client, live: DatabaseFacts, target: string): Promise<void> {
  const { rows } = await client.query<Privilege>(
    `select r.rolname as grantee, a.privilege_type as privilege, a.is_grantable as grantable
       from pg_database d, aclexplode(d.datacl) a left join pg_roles r on r.oid = a.grantee
      where d.oid = $1`,
    [live.oid],
  );
  // No list means the default, which the new database has.
  if (rows.length === 0) return;
  await client.query(`revoke all on database ${target} from public, ${escapeIdentifier(live.owner)}`);
  for (const { grantee, privilege, grantable } of rows) {
    await client.query(`grant ${privilege} on database ${target} to ${grantee === null ? 'public' : escapeIdentifier(grantee)}${grantable ? ' with grant option' : ''}`);
  }
}

async function copySettings(client: Client, live: DatabaseFacts, target: string): Promise<void> {
  const { rows } = await client.query<{ role: string | null; setting: string }>(
    `select r.rolname as role, setting
       from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) with ordinality as c(setting, position)
      where s.setdatabase = $1 and (s.setrole = 0 or r.rolname is not null)
      order by r.rolname nulls first, position`,
    [live.oid],
  );
  for (const { role, setting } of rows) {
    const { name, value } = parseSetting(setting);
    // That one says which restore made the live database.
    if (name === SWAP_SETTING) continue;
    const scope = role === null ? `database ${target}` : `role ${escapeIdentifier(role)} in database ${target}`;
    await copySetting(client, scope, { name, value });
  }
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Splits `name=value` as pg_db_role_setting stores it. */
export function parseSetting(text: string): Setting {
  const at = text.indexOf('=');
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

// Stored with their elements already quoted: given as one literal they would become a single element. The list is pg_dump's.
const QUOTED_LISTS = new Set(['local_preload_libraries', 'search_path', 'session_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories']);

async function copySetting(client: Client, scope: string, { name, value }: Setting): Promise<void> {
  const quotedName = name.split('.').map(escapeIdentifier).join('.');
  if (!QUOTED_LISTS.has(name.toLowerCase())) {
    await client.query(`alter ${scope} set ${quotedName} to ${escapeLiteral(value)}`);
    return;
  }
  await client.query('select set_config($1, $2, true)', [name, value]);
  await client.query(`alter ${scope} set ${quotedName} from current`);
}
