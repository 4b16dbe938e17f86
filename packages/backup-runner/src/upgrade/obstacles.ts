// What a backup cannot carry to a newer major: each is refused before anything is done, and named.
import type { UpgradeReason } from '@postgres-operator/api';
import type { Client } from 'pg';
import { removedColumns, removedFunctions, type Majors } from './removed.ts';
import { SYSTEM_FILES } from './system-settings.ts';

/** Why an upgrade cannot be made. */
export interface Finding {
  readonly reason: UpgradeReason;
  readonly message: string;
}

/** A question to the catalogs, and what it means if there is an answer. */
interface Rule {
  readonly reason: UpgradeReason;
  /** Gives a column `name` of what is in the way. */
  readonly sql: string;
  readonly values?: readonly unknown[];
  readonly say: (names: string) => string;
}

/** What the rules ask for. */
export interface Wanted extends Majors {
  readonly extensions: readonly string[] | undefined;
  readonly locales: readonly string[] | undefined;
}

/** What only the server that holds it can end, and what may begin at any moment. */
export const HELD: readonly Rule[] = [
  {
    reason: 'PreparedTransactions',
    sql: `select quote_literal(gid) || ' in ' || quote_ident(database) as name from pg_prepared_xacts order by 1`,
    say: (names) => `no backup holds prepared transactions: commit or roll back ${names}`,
  },
  {
    reason: 'LogicalSlots',
    sql: `select quote_ident(slot_name) as name from pg_replication_slots where slot_type = 'logical' order by 1`,
    say: (names) => `logical replication slots cannot be carried: let their readers catch up, and drop ${names}; make them again afterwards`,
  },
];

// What initdb makes has lower numbers (FirstNormalObjectId). Normalised as the C library takes them: en_US.UTF-8 is en_US.utf8.
const LOCALE = (column: string): string => `regexp_replace(lower(${column}), '[^a-z0-9]', '', 'g')`;

const SERVER: readonly Rule[] = [
  {
    reason: 'Subscriptions',
    sql: `select quote_ident(subname) as name from pg_subscription order by 1`,
    say: (names) => `subscriptions are in no backup: drop ${names}, and make them again afterwards`,
  },
  {
    reason: 'Tablespaces',
    sql: `select quote_ident(spcname) as name from pg_tablespace where spcname not in ('pg_default', 'pg_global') order by 1`,
    say: (names) => `tablespaces are not carried: move what is in them to pg_default, and drop ${names}`,
  },
  {
    reason: 'SettingsNotCarried',
    sql: `
      select name from pg_file_settings
       where sourcefile = current_setting('data_directory') || '/postgresql.auto.conf' and (name = 'ssl' and setting <> 'off' or name = any ($1) or strpos(setting, current_setting('data_directory')) > 0)
       group by 1 order by 1`,
    values: [SYSTEM_FILES],
    say: (names) => `ALTER SYSTEM names files in the data directory, which the new one will not have: reset ${names}`,
  },
];

const EXTENSIONS = (present: readonly string[]): Rule => ({
  reason: 'ExtensionsMissing',
  sql: `select quote_ident(extname) as name from pg_extension where extname <> all ($1) order by 1`,
  values: [present],
  say: (names) => `the new image lacks extensions of the database: ${names}. Take one that has them, or drop them`,
});

const LOCALES = (present: readonly string[]): Rule => ({
  reason: 'LocaleMissing',
  sql: `
    with used (name) as (
      select datcollate::text from pg_database where datname = current_database() union select datctype::text from pg_database where datname = current_database()
      union select unnest(array[collcollate, collctype]) from pg_collation where oid >= 16384 and collprovider = 'c')
    select quote_literal(name) as name from used
     where name not in ('C', 'POSIX', '') and ${LOCALE('name')} not in (select ${LOCALE('there')} from unnest($1::text[]) there) order by 1`,
  values: [present],
  say: (names) => `the new image lacks locales of the database: ${names}. Take one that has them`,
});

// What depends on a catalog's own table or function is not written down; on a view it is.
const VIEWS = (columns: readonly string[], functions: readonly string[]): Rule => ({
  reason: 'ObjectsIncompatible',
  sql: `
    select quote_ident(n.nspname) || '.' || quote_ident(v.relname) || ' (' || gone || ')' as name
      from pg_class v join pg_namespace n on n.oid = v.relnamespace, unnest($2::text[]) gone
     where v.oid >= 16384 and v.relkind in ('v', 'm') and pg_get_viewdef(v.oid) ~ ('\\m' || gone || '\\(')
    union select quote_ident(n.nspname) || '.' || quote_ident(v.relname) || ' (' || r.relname || '.' || a.attname || ')' as name
      from pg_rewrite w join pg_class v on v.oid = w.ev_class join pg_namespace n on n.oid = v.relnamespace
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
      join pg_class r on r.oid = d.refobjid join pg_attribute a on a.attrelid = r.oid and a.attnum = d.refobjsubid
     where v.oid >= 16384 and r.relname || '.' || a.attname = any ($1)
       and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = v.oid and e.deptype = 'e')
     order by 1`,
  values: [columns, functions],
  say: (names) => `views read what the new major does not have: drop or change ${names}`,
});

/** The rules for the database that the session is connected to. */
const rulesFor = ({ extensions, locales, ...majors }: Wanted): Rule[] => [
  ...HELD,
  ...SERVER,
  ...(extensions === undefined ? [] : [EXTENSIONS(extensions)]),
  ...(locales === undefined ? [] : [LOCALES(locales)]),
  VIEWS(removedColumns(majors), removedFunctions(majors)),
];

/** Finds what is in the way of an upgrade, in the database that the session is connected to and what all databases share. */
export const findObstacles = (session: Client, wanted: Wanted): Promise<Finding[]> => ask(session, rulesFor(wanted));

/** Finds what nobody may have begun since the check. */
export const findHeld = (session: Client): Promise<Finding[]> => ask(session, HELD);

async function ask(session: Client, rules: readonly Rule[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { reason, sql, values = [], say } of rules) {
    const { rows } = await session.query<{ name: string }>(sql, [...values]);
    if (rows.length > 0) findings.push({ reason, message: say(listed(rows.map(({ name }) => name))) });
  }
  return findings;
}

const MOST = 5;

/** The first of some names. */
export const listed = (names: readonly string[]): string => [names.slice(0, MOST).join(', '), ...(names.length > MOST ? [`and ${names.length - MOST} more`] : [])].join(' ');
