// What a database has besides its content, and no dump of one database brings: owner, limit, privileges, settings.
import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { DatabaseFacts } from '../postgres/server-facts.ts';
import { SWAP_SETTING } from './swap-record.ts';

/** A privilege on a database. */
export interface Privilege {
  /** Null: everybody. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** A setting of a database, or of a role in it. */
export interface ScopedSetting {
  readonly role: string | null;
  /** `name=value`, as pg_db_role_setting stores it. */
  readonly setting: string;
}

/** The privileges on a database. */
export interface Privileges {
  /** False: nobody has changed any, so they are the default. */
  readonly listed: boolean;
  readonly all: readonly Privilege[];
}

/** What a database has besides its content, apart from what its facts say. */
export interface DatabaseProperties {
  readonly privileges: Privileges;
  readonly settings: readonly ScopedSetting[];
}

/** Reads the properties of a database. */
export async function readProperties(client: Client, name: string): Promise<DatabaseProperties> {
  const { rows } = await client.query<ScopedSetting>(SETTINGS, [name]);
  // That one says which restore made the live database.
  return { privileges: await privilegesOn(client, name), settings: rows.filter(({ setting }) => parseSetting(setting).name !== SWAP_SETTING) };
}

/** Gives the database `to` the owner, connection limit, privileges and settings of the live one, and takes its own away. All or nothing. */
export async function copyProperties(client: Client, live: DatabaseFacts, to: string): Promise<void> {
  const wanted = await readProperties(client, live.name);
  await client.query('begin');
  await setOwner(client, live, to);
  await setPrivileges(client, wanted.privileges, to);
  await resetSettings(client, to);
  for (const { role, setting } of wanted.settings) await writeSetting(client, settingScope(role, to), parseSetting(setting));
  await client.query('commit');
}

/** Gives a database its owner and connection limit. */
export async function setOwner(client: Client, { owner, connectionLimit }: Pick<DatabaseFacts, 'owner' | 'connectionLimit'>, to: string): Promise<void> {
  const target = escapeIdentifier(to);
  await client.query(`alter database ${target} owner to ${escapeIdentifier(owner)}`);
  await client.query(`alter database ${target} connection limit ${connectionLimit}`);
}

/** Gives a database these privileges, and takes away those that it has. */
export async function setPrivileges(client: Client, wanted: Privileges, to: string): Promise<void> {
  const present = await privilegesOn(client, to);
  if (!wanted.listed && !present.listed) return;
  const target = escapeIdentifier(to);
  for (const grantee of new Set(present.all.map(granteeOf))) await client.query(`revoke all on database ${target} from ${grantee} cascade`);
  for (const privilege of wanted.all) {
    await client.query(`grant ${privilege.privilege} on database ${target} to ${granteeOf(privilege)}${privilege.grantable ? ' with grant option' : ''}`);
  }
}

const granteeOf = ({ grantee }: Privilege): string => (grantee === null ? 'public' : escapeIdentifier(grantee));

async function privilegesOn(client: Client, database: string): Promise<Privileges> {
  const { rows } = await client.query<Privilege & { listed: boolean }>(
    `select d.datacl is not null as listed, r.rolname as grantee, a.privilege_type as privilege, a.is_grantable as grantable
       from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a left join pg_roles r on r.oid = a.grantee
      where d.datname = $1 and (a.grantee = 0 or r.rolname is not null)`,
    [database],
  );
  return { listed: rows[0]?.listed ?? true, all: rows.map(({ grantee, privilege, grantable }) => ({ grantee, privilege, grantable })) };
}

const SETTINGS = `
  select r.rolname as role, setting
    from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole,
         unnest(s.setconfig) with ordinality as c(setting, position)
   where d.datname = $1 and (s.setrole = 0 or r.rolname is not null)
   order by r.rolname nulls first, position`;

/** What a setting is of, for ALTER. */
export const settingScope = (role: string | null, database: string): string =>
  role === null ? `database ${escapeIdentifier(database)}` : `role ${escapeIdentifier(role)} in database ${escapeIdentifier(database)}`;

async function resetSettings(client: Client, to: string): Promise<void> {
  const { rows } = await client.query<ScopedSetting>(SETTINGS, [to]);
  for (const scope of new Set(rows.map(({ role }) => settingScope(role, to)))) await client.query(`alter ${scope} reset all`);
}

/** A setting by its name. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Splits `name=value` as pg_db_role_setting stores it. */
export function parseSetting(text: string): Setting {
  const at = text.indexOf('=');
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

// Stored with their elements already quoted: given as one literal they would become a single element. The list is pg_dump's.
/** Settings that are lists of names. */
export const QUOTED_LISTS: ReadonlySet<string> = new Set(['local_preload_libraries', 'search_path', 'session_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories']);

/** Writes a setting of what `scope` says, in a transaction. */
export async function writeSetting(client: Client, scope: string, { name, value }: Setting): Promise<void> {
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
