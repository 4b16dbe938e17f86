// A server of 14 with content of many kinds becomes one of 15, and one of the newest major there is: rows, and all that no backup holds.
import { readFile, stat } from 'node:fs/promises';
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DumpSucceeded, UpgradeLoadSucceeded } from '@postgres-operator/api';
import { AWKWARD_DATA, AWKWARD_EXTENSIONS, AWKWARD_ROLES } from '../../../e2e/harness/awkward-data.ts';
import { proveDatabase, type DatabaseProof } from '../../../e2e/harness/table-proof.ts';
import { layMajors, type Majors } from './majors.ts';
import { USERS, startPostgres, type PostgresServer } from './postgres-server.ts';
import { makePod, runToEnd } from './runner.ts';
import { asOwner } from './stories.ts';
import { handoverOf, leave, requests, succeeded, type UpgradeRig } from './upgrade-rig.ts';

const DATABASE = `we'ird "$db" =`;
const NAME = escapeIdentifier(DATABASE);

/** What belongs to no database, or is in no dump of one. */
const SURROUNDINGS = `
  create role app login password 'app''s secret' connection limit 7 valid until '2099-01-01';
  create role old_hash login;
  set password_encryption = 'md5'; alter role old_hash password 'md5 secret';
  create role team nologin createdb bypassrls;
  grant team to app with admin option;
  grant pg_monitor to app;
  comment on role app is 'logs "in"';
  alter role app set search_path = 'a, b', "$user", public;
  alter role app set statement_timeout = '1h';
  alter role all set work_mem = '5MB';
  alter system set work_mem = '7MB';
  alter system set log_line_prefix = '%m ''[%p]'' ';
  alter system set shared_preload_libraries = 'auto_explain', 'pg_stat_statements';
  alter system set vacuum_defer_cleanup_age = 0;
  create database ${NAME} owner ${escapeIdentifier(USERS.owner)} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8' connection limit 33;
  comment on database ${NAME} is 'the "shop"';
  alter database ${NAME} set search_path = public, "select";
  alter role app in database ${NAME} set datestyle = 'German';
  revoke connect on database ${NAME} from public;
  grant connect, temporary on database ${NAME} to app with grant option;
  grant connect on database ${NAME} to database_operator_backup`;

/** In the database, of the superuser. */
const CONTENT = `
  create extension postgres_fdw;
  create server far foreign data wrapper postgres_fdw options (host 'far.example', dbname 'x');
  create user mapping for app server far options (user 'remote', password 'far''s secret');
  create user mapping for public server far options (user 'anybody');
  create publication everything for all tables;
  create function hold() returns event_trigger language plpgsql as $$ begin raise notice 'ddl'; end $$;
  create event trigger hold on ddl_command_end execute function hold();
  create view whose as select current_user as me;
  alter view whose owner to app`;

let majors: Majors;
let rig: UpgradeRig;
let before: Awaited<ReturnType<typeof wholeOf>>;
let dumped: DumpSucceeded;

/** Everything of a server that an upgrade has to carry. Owners of tables have one privilege more since 17: MAINTAIN. */
async function wholeOf(server: PostgresServer) {
  const ask = (sql: string, database = DATABASE): Promise<Record<string, unknown>[]> => server.query(database, sql);
  return {
    rows: await proofOf(server),
    objects: await ask(`select loid::text, count(*)::int as pages, md5(string_agg(data, '' order by pageno)) from pg_largeobject group by 1 order by 1`),
    sequences: await ask(`select schemaname, sequencename, last_value, increment_by, cycle from pg_sequences order by 1, 2`),
    owners: await ask(`select n.nspname, c.relname, c.relkind, r.rolname, replace(c.relacl::text, 'Dxtm', 'Dxt') as acl, c.relrowsecurity, c.relforcerowsecurity from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner where c.oid >= 16384 and n.nspname !~ '^pg_' order by 1, 2, 3`),
    schemas: await ask(`select nspname, nspacl::text, pg_get_userbyid(nspowner) as owner from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1`),
    policies: await ask('select polname, polcmd, polpermissive, polroles::regrole[]::text from pg_policy order by 1'),
    publications: await ask('select pubname, puballtables, pg_get_userbyid(pubowner) as owner from pg_publication order by 1'),
    triggers: await ask('select evtname, evtevent, evtenabled from pg_event_trigger order by 1'),
    mappings: await ask('select usename, srvname, umoptions from pg_user_mappings order by 1'),
    extensions: await ask('select extname, extnamespace::regnamespace::text from pg_extension order by 1'),
    database: await ask(`select datname, pg_get_userbyid(datdba) as owner, encoding, datcollate, datctype, datconnlimit, datacl::text, shobj_description(oid, 'pg_database') as comment from pg_database where datname = current_database()`),
    roles: await ask(`select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolpassword, rolvaliduntil::text, shobj_description(oid, 'pg_authid') as comment from pg_authid where rolname !~ '^pg_' and rolname not in ('postgres', 'database_operator_backup', ${`'${USERS.owner}'`}) order by 1`),
    members: await ask(`select r.rolname as role, m.rolname as member, admin_option from pg_auth_members a join pg_roles r on r.oid = roleid join pg_roles m on m.oid = member where m.rolname !~ '^pg_' order by 1, 2`),
    settings: await ask(`select d.datname, r.rolname, s.setting from pg_db_role_setting x left join pg_database d on d.oid = setdatabase left join pg_roles r on r.oid = setrole, unnest(setconfig) s(setting) where s.setting !~ '^(vacuum_defer_cleanup_age|database_operator)' order by 1, 2, 3`),
    system: await ask(`select name, setting from pg_file_settings where sourcefile ~ 'auto.conf$' and name <> 'vacuum_defer_cleanup_age' order by seqno`),
  };
}

async function proofOf(server: PostgresServer): Promise<DatabaseProof> {
  const session = await server.connect(DATABASE);
  try {
    return await proveDatabase(async (sql) => {
      const found: unknown = await session.query({ text: sql, rowMode: 'array' });
      return [found].flat().flatMap((one) => (one as { rows: unknown[][] }).rows.map(([value]) => (typeof value === 'string' ? value : JSON.stringify(value)))).join('\n');
    });
  } finally {
    await session.end();
  }
}

beforeAll(async () => {
  majors = await layMajors(14, 18);
});
afterAll(() => majors.remove());

describe.each([15, 18] as const)('from 14 to %i', (to) => {
  let fresh: PostgresServer;

  beforeAll(async () => {
    const old = await startPostgres([], majors.server(14));
    const pod = await makePod();
    rig = { old, pod: { ...pod, environment: { ...pod.environment, toolsFolder: majors.tools } }, database: DATABASE };
    await old.query('postgres', AWKWARD_ROLES);
    for (const statement of SURROUNDINGS.split(/;\s*\n/)) await old.query('postgres', statement);
    await asOwner(old, DATABASE, AWKWARD_DATA);
    await asOwner(old, DATABASE, AWKWARD_EXTENSIONS);
    await old.query(DATABASE, CONTENT);
    before = await wholeOf(old);
    dumped = await leave(rig, to);
    fresh = await startPostgres([], majors.server(to));
    // As the bootstrap of a new server leaves it.
    await fresh.query('postgres', `create database ${NAME} owner ${escapeIdentifier(USERS.owner)}`);
  });
  afterAll(() => Promise.all([rig.old.stop(), fresh.stop(), rig.pod.remove()]));

  it('all of it is there afterwards', async () => {
    expect(dumped.clientVersion).toMatch(new RegExp(`^${to}\\.`));
    // Several connections for the one, one for the other.
    const ended = await runToEnd(rig.pod, requests(rig).load(fresh, dumped, to === 18 ? { jobs: 2 } : {}));
    const loaded = succeeded<UpgradeLoadSucceeded>(ended, 'upgradeLoad');
    expect(loaded).toMatchObject({ tables: dumped.tables, rows: dumped.rows, restartNeeded: true });
    const gone = to >= 16 ? ['vacuum_defer_cleanup_age of ALTER SYSTEM'] : [];
    expect(loaded.notes.map((note) => gone.find((name) => note.includes(name)) ?? note).sort()).toEqual(gone.sort());
    const after = await wholeOf(fresh);
    for (const part of Object.keys(before) as (keyof typeof before)[]) expect(after[part], part).toEqual(before[part]);
    expect(ended.log).not.toMatch(/SCRAM-SHA|secret|md5[0-9a-f]{32}/);
  });

  it.each([{ user: 'app', password: `app's secret` }])('$user logs in as before, with its settings', async ({ user, password }) => {
    const client = new Client({ host: '127.0.0.1', port: fresh.port, database: DATABASE, user, password });
    await client.connect();
    try {
      const { rows } = await client.query(`select current_setting('search_path') as path, current_setting('datestyle') as style, current_setting('statement_timeout') as timeout, (select me from whose) as me`);
      expect(rows).toEqual([{ path: `"a, b", "$user", public`, style: 'German, DMY', timeout: '1h', me: 'app' }]);
    } finally {
      await client.end();
    }
  });

  it('new rows go on where the sequences were', async () => {
    await asOwner(fresh, DATABASE, `insert into "Zäh""l $1"."Überall; drop table x --" (mood) values ('sad')`);
    const [row] = await fresh.query(DATABASE, `select "ID" from "Zäh""l $1"."Überall; drop table x --" order by 1 desc limit 1`);
    expect(row).toEqual({ ID: 16 });
  });

  it('done again it only says so, and changes nothing that was written since', async () => {
    const again = succeeded<UpgradeLoadSucceeded>(await runToEnd(rig.pod, requests(rig).load(fresh, dumped)), 'upgradeLoad');
    expect(again).toMatchObject({ rows: dumped.rows, restartNeeded: true });
    const [row] = await fresh.query(DATABASE, `select count(*)::int as n from "Zäh""l $1"."Überall; drop table x --"`);
    expect(row).toEqual({ n: 4 });
  });

  it('the hand-over file is nobody else’s to read', async () => {
    const { mode } = await stat(handoverOf(rig));
    expect(mode & 0o077).toBe(0);
    expect(Buffer.from(await readFile(handoverOf(rig), 'utf8'), 'base64').toString()).toContain('SCRAM-SHA-256$');
  });
});
