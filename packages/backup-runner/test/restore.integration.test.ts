// A restore brings back all that the backup holds, once, and touches nothing of anybody else.
import { escapeIdentifier } from 'pg';
import { describe, expect, it } from 'vitest';
import { USERS } from './postgres-server.ts';
import { smallBackup, succeeded, useRig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { asOwner, createDatabase, databases } from './stories.ts';

const rig = useRig();
const owner = escapeIdentifier(USERS.owner);

describe('a restore', () => {
  it('brings everything back, and what came later goes', async () => {
    const name = `we"ird $db`;
    await createDatabase(rig().server, name);
    await asOwner(
      rig().server,
      name,
      `create table "Zäh""l $1" (id serial primary key, "größe $" bytea, doc jsonb);
       insert into "Zäh""l $1" ("größe $", doc) select decode(repeat('00ff', 300000), 'hex'), '{"a": "\\u00fc"}' from generate_series(1, 3);
       create view totals as select count(*) as n from "Zäh""l $1";
       create function "it's"() returns int language sql as 'select 7';
       create materialized view m as select "it's"() as x;`,
    );
    const id = escapeIdentifier(name);
    await rig().server.query(
      'postgres',
      `comment on database ${id} is 'the ''shop''';
       alter database ${id} connection limit 33;
       alter database ${id} set search_path to "a b", public;
       alter database ${id} set statement_timeout to '7s';
       alter database ${id} set "my.tenant" to 'x''y';
       alter role ${owner} in database ${id} set work_mem to '5MB';
       revoke connect on database ${id} from public;
       grant connect, create on database ${id} to ${owner} with grant option;
       grant connect on database ${id} to database_operator_backup`,
    );
    const properties = (): Promise<Record<string, unknown>[]> =>
      rig().server.query(
        'postgres',
        `select pg_get_userbyid(datdba) as owner, datconnlimit, datacl::text[] @> '{}' as acl, array(select a::text from unnest(datacl) a order by 1) as list,
                shobj_description(d.oid, 'pg_database') as comment,
                array(select coalesce(setrole::regrole::text, '') || c from pg_db_role_setting s, unnest(setconfig) c
                       where s.setdatabase = d.oid and not starts_with(c, 'database_operator.') order by 1) as settings
           from pg_database d where datname = $1`,
        [name],
      );
    const before = await properties();
    const { bytes } = await rig().dump(name);
    await asOwner(rig().server, name, `set search_path to public; update item set name = 'wrong'; create table extra (); insert into "Zäh""l $1" default values; drop view totals`);
    const { result, log } = await runToEnd(rig().pod, rig().request({ server: rig().at(name) }));
    expect(result, log).toMatchObject({ outcome: 'succeeded', command: 'restore', bytes });
    expect(await rig().server.query(name, `select * from public.item order by id`)).toEqual([{ id: 1, name: 'one' }, { id: 2, name: 'two' }]);
    expect(await rig().server.query(name, `select n::int, (select x from public.m), (select length("größe $") from public."Zäh""l $1" limit 1) as l from public.totals`)).toEqual([{ n: 3, x: 7, l: 600000 }]);
    expect(await rig().server.query(name, `select to_regclass('public.extra') as extra, nextval('public."Zäh""l $1_id_seq"')::int as next`)).toEqual([{ extra: null, next: 4 }]);
    expect(await properties()).toEqual(before);
    expect(await databases(rig().server)).toEqual(['shop', name]);
  });

  it('that is asked for again does not undo what was written since', async () => {
    const request = await smallBackup(rig());
    const first = succeeded(await runToEnd(rig().pod, request));
    await asOwner(rig().server, 'shop', `insert into item values (4, 'written after the restore')`);
    const second = await runToEnd(rig().pod, request);
    expect(second.result).toMatchObject({ outcome: 'succeeded', bytes: first.bytes });
    expect(await rig().ids()).toEqual([1, 2, 4]);
  });

  it('drops what killed restores left, and nothing of anybody else', async () => {
    await rig().server.query('postgres', 'create database restore_00000001');
    await rig().server.query('postgres', `create database previous_00000002; `);
    await rig().server.query('postgres', `comment on database previous_00000002 is 'postgres-operator: temporary database of a restore'`);
    expect((await runToEnd(rig().pod, await smallBackup(rig()))).exitCode).toBe(0);
    expect(await databases(rig().server)).toEqual(['restore_00000001', 'shop']);
  });
});
