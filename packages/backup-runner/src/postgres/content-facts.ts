// What a manifest says of a database beside its rows: what has to be there before it can be restored.
import type { Client } from 'pg';
import { databaseFacts, type DatabaseFacts } from './server-facts.ts';
import { superuserObjects, type SuperuserObject } from './superuser-only.ts';

/** An extension of the database. */
export interface Extension {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
}

/** Versions of the library that sorts; null where it has none, such as for the locale C. */
export interface CollationVersions {
  /** With which the database was created, or last refreshed. */
  readonly collationVersion: string | null;
  /** What the server has now. */
  readonly actualCollationVersion: string | null;
}

/** What a session sees, all of one snapshot. */
export interface ContentFacts {
  readonly database: DatabaseFacts;
  /** Undefined before PostgreSQL 15, which does not keep it. */
  readonly collation: CollationVersions | undefined;
  readonly extensions: readonly Extension[];
  /** Every role that owns or was granted something in the database. */
  readonly roles: readonly string[];
  readonly superuserOnly: readonly SuperuserObject[];
}

const COLLATION = `select datcollversion as "collationVersion", pg_database_collation_actual_version(oid) as "actualCollationVersion" from pg_database where datname = current_database()`;

const EXTENSIONS = `select e.extname as name, e.extversion as version, n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace order by e.extname collate "C"`;

// The server keeps it, for DROP ROLE: owners, grantees, those of policies and of default privileges. Only the first superuser and
// the predefined roles are not in there: these are on every server, but the superuser may have another name.
const ROLES = `
  select rolname as name from pg_roles r
   where r.oid in (select d.refobjid from pg_shdepend d
                    where d.refclassid = 'pg_authid'::regclass and d.dbid = (select oid from pg_database where datname = current_database())
                      and not (d.classid = 'pg_class'::regclass and d.objid in (select oid from pg_class where relpersistence = 't')))
      or r.oid = 10 and exists (
           select from (select 'pg_class'::regclass, oid, relowner, relnamespace from pg_class
                        union all select 'pg_proc'::regclass, oid, proowner, pronamespace from pg_proc
                        union all select 'pg_type'::regclass, oid, typowner, typnamespace from pg_type
                        union all select 'pg_namespace'::regclass, oid, nspowner, oid from pg_namespace) o (catalog, oid, owner, schema)
             join pg_namespace n on n.oid = o.schema
            where o.owner = 10 and o.oid >= 16384 and n.nspname !~ '^pg_' and not exists (
                    select from pg_depend d where d.classid = o.catalog and d.objid = o.oid and d.deptype in ('e', 'i')))
   order by rolname collate "C"`;

/** Reads the facts of the database that the session is connected to. */
export async function contentFacts(client: Client, name: string): Promise<ContentFacts> {
  const database = await databaseFacts(client, name);
  return {
    database,
    collation: database.serverMajor >= 15 ? (await client.query<CollationVersions>(COLLATION)).rows[0] : undefined,
    extensions: (await client.query<Extension>(EXTENSIONS)).rows,
    roles: (await client.query<{ name: string }>(ROLES)).rows.map((role) => role.name),
    superuserOnly: await superuserObjects(client, database.serverMajor),
  };
}
