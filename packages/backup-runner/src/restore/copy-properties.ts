// What a database has besides its content, and no dump of one database brings: owner, limit, privileges, settings.
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { DatabaseFacts } from '../postgres/server-facts.ts';
import { SWAP_SETTING } from './swap-record.ts';

/** Gives the database `to` the owner, connection limit, privileges and settings of the live one, and takes its own away. All or nothing. */
export async function copyProperties(client: Client, live: DatabaseFacts, to: string): Promise<void> {
  const target = escapeIdentifier(to);
  await client.query('begin');
  await client.query(`alter database ${target} owner to ${escapeIdentifier(live.owner)}`);
  await client.query(`alter database ${target} connection limit ${live.connectionLimit}`);
  await copyPrivileges(client, live, to);
  await resetSettings(client, to);
  await copySettings(client, live, target);
  await client.query('commit');
}

interface Privilege {
  grantee: string | null;
  privilege: string;
  grantable: boolean;
}

async function copyPrivileges(client: Client, live: DatabaseFacts, to: string): Promise<void> {
  const wanted = await privileges(client, live.name);
  const present = await privileges(client, to);
  // No list means the default.
  if (!wanted.listed && !present.listed) return;
  const target = escapeIdentifier(to);
  for (const grantee of new Set(present.all.map(granteeOf))) await client.query(`revoke all on database ${target} from ${grantee} cascade`);
  for (const privilege of wanted.all) {
    await client.query(`grant ${privilege.privilege} on database ${target} to ${granteeOf(privilege)}${privilege.grantable ? ' with grant option' : ''}`);
  }
}

const granteeOf = ({ grantee }: Privilege): string => (grantee === null ? 'public' : escapeIdentifier(grantee));

async function privileges(client: Client, database: string): Promise<{ listed: boolean; all: Privilege[] }> {
  const { rows } = await client.query<Privilege & { listed: boolean }>(
    `select d.datacl is not null as listed, r.rolname as grantee, a.privilege_type as privilege, a.is_grantable as grantable
       from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a left join pg_roles r on r.oid = a.grantee
      where d.datname = $1 and (a.grantee = 0 or r.rolname is not null)`,
    [database],
  );
  return { listed: rows[0]?.listed ?? true, all: rows };
}

const SETTINGS = `
  select r.rolname as role, setting
    from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole,
         unnest(s.setconfig) with ordinality as c(setting, position)
   where d.datname = $1 and (s.setrole = 0 or r.rolname is not null)
   order by r.rolname nulls first, position`;

interface Row {
  role: string | null;
  setting: string;
}

const scopeOf = (role: string | null, target: string): string => (role === null ? `database ${target}` : `role ${escapeIdentifier(role)} in database ${target}`);

async function resetSettings(client: Client, to: string): Promise<void> {
  const { rows } = await client.query<Row>(SETTINGS, [to]);
  for (const scope of new Set(rows.map(({ role }) => scopeOf(role, escapeIdentifier(to))))) await client.query(`alter ${scope} reset all`);
}

async function copySettings(client: Client, live: DatabaseFacts, target: string): Promise<void> {
  const { rows } = await client.query<Row>(SETTINGS, [live.name]);
  for (const { role, setting } of rows) {
    const { name, value } = parseSetting(setting);
    // That one says which restore made the live database.
    if (name === SWAP_SETTING) continue;
    await copySetting(client, scopeOf(role, target), { name, value });
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
  // With its schema: the search path may be the user's from here on, and this is the superuser.
  await client.query('select pg_catalog.set_config($1, $2, true)', [name, value]);
  await client.query(`alter ${scope} set ${quotedName} from current`);
  await client.query('set local search_path to pg_catalog');
}
