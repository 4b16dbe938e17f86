// A backup whose author means harm, and an owner who does: whatever code comes with the content runs with the owner's rights only.
import { escapeIdentifier } from 'pg';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { USERS } from './postgres-server.ts';
import { succeeded, useRig } from './restore-rig.ts';
import { runToEnd, startRunner } from './runner.ts';
import { addBigTable, asOwner, copying, databases } from './stories.ts';

const rig = useRig();
const owner = escapeIdentifier(USERS.owner);

/** Makes the owner a superuser when a superuser runs it, directly or by RESET ROLE; from a function that claims to change nothing. */
const SPY = `
  create function strike() returns boolean language plpgsql as $$
  begin
    execute 'reset role';
    if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then execute 'alter role ${owner.replaceAll("'", "''")} superuser'; end if;
    return true;
  exception when others then return true;
  end $$;
  create function spy() returns boolean language plpgsql immutable as $$ begin return public.strike(); end $$`;

const isSuperuser = async (): Promise<boolean | undefined> =>
  (await rig().server.query<{ super: boolean }>('postgres', 'select rolsuper as super from pg_roles where rolname = $1', [USERS.owner]))[0]?.super;

beforeEach(() => {
  onTestFinished(async () => void (await rig().server.query('postgres', `alter role ${owner} nosuperuser`)));
});

it('code in checks, generated columns, triggers, indexes, views and rules runs as the owner', async () => {
  await asOwner(
    rig().server,
    'shop',
    `${SPY};
     create table checked (id int check (spy()));
     create table generated (id int, x boolean generated always as (spy()) stored);
     create table indexed (id int); create index on indexed ((spy()::text || id::text)); create statistics st on (spy()), id from indexed;
     create table part (id int) partition by list ((id > 0 and spy())); create table part_one partition of part for values in (true);
     create table limited (id int); alter table limited enable row level security; alter table limited force row level security; create policy p on limited using (spy());
     create materialized view looked as select spy();
     create function fires() returns trigger language plpgsql as $$ begin perform spy(); return new; end $$;
     create table triggered (id int); create trigger t before insert on triggered for each row execute function fires();
     create operator public.= (leftarg = name, rightarg = text, function = nameeqtext); create function public.count(bigint) returns bigint language sql as 'select spy()::int::bigint';
     insert into checked values (1); insert into generated values (1); insert into indexed values (1), (2); insert into part values (1); insert into limited values (1), (2), (3); insert into triggered values (1)`,
  );
  await rig().dump();
  const result = succeeded(await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: 60 })));
  expect(result).toMatchObject({ tables: 7, rows: 2 + 1 + 1 + 2 + 1 + 3 + 1 });
  expect(await isSuperuser()).toBe(false);
  // The spy itself works: planning alone is enough.
  await rig().server.query('shop', 'explain select count(*) from only indexed');
  expect(await isSuperuser()).toBe(true);
});

it('a table that becomes a view while the rows are counted is not looked into', async () => {
  await asOwner(rig().server, 'shop', `${SPY}; create table swapped (id int)`);
  await rig().dump();
  // The database's owner is in the new database as well, and as fast as anybody likes: here, always.
  await asOwner(rig().server, 'shop', `alter table swapped rename to hidden; create view swapped as select 1 as id where spy()`);
  const client = await rig().server.connect('shop');
  onTestFinished(() => client.end());
  await client.query(`set search_path to pg_catalog; select set_config(name, 'view, foreign-table', false) from pg_settings where name = 'restrict_nonsystem_relation_kind'`);
  await expect(client.query('select count(*) from only public.swapped')).rejects.toThrow(/non-system view/);
  expect(await isSuperuser()).toBe(false);
});

it('names with line breaks, quotes and commands of psql are names', async () => {
  const evil = 'item"\n\\! touch /tmp/evil\n; alter role x superuser; --';
  await asOwner(
    rig().server,
    'shop',
    `create schema ${escapeIdentifier(evil)}; create table ${escapeIdentifier(evil)}.${escapeIdentifier(evil)} (${escapeIdentifier(evil)} int); insert into ${escapeIdentifier(evil)}.${escapeIdentifier(evil)} values (1);
     grant select on ${escapeIdentifier(evil)}.${escapeIdentifier(evil)} to pg_monitor`,
  );
  await rig().server.query('shop', 'create extension pageinspect');
  await rig().dump();
  const result = succeeded(await runToEnd(rig().pod, rig().request({ allowedExtensions: ['pageinspect'] })));
  expect(result).toMatchObject({ tables: 2, rows: 3 });
  expect(result).not.toHaveProperty('skippedGrants');
  const [granted] = await rig().server.query('shop', `select has_table_privilege('pg_monitor', c.oid, 'select') as yes from pg_class c where relname = $1`, [evil]);
  expect(granted).toEqual({ yes: true });
});

describe('while the content is loaded', () => {
  it('the owner can give the new database settings, and they do not reach the superuser', async () => {
    await addBigTable(rig().server, 'shop', 100);
    await asOwner(rig().server, 'shop', SPY.replaceAll('$$', '$_$'));
    await rig().dump();
    const running = startRunner(rig().pod, rig().request());
    await copying(rig().server);
    await asOwner(rig().server, 'postgres', `alter database restore_feedc0de set search_path to public, pg_catalog; alter database restore_feedc0de set default_transaction_read_only to on; alter database restore_feedc0de set statement_timeout to '1ms'; alter database restore_feedc0de set row_security to off`);
    const { result, log } = await running.ended;
    expect(result, log).toMatchObject({ outcome: 'succeeded', rows: 102 });
    expect(await isSuperuser()).toBe(false);
    // Nor do they stay.
    expect(await rig().server.query('shop', `select current_setting('search_path') as path`)).toEqual([{ path: '"$user", public' }]);
  });
});

it('functions in the database that the superuser works from do not stand in for those of the server', async () => {
  // What everybody could do before PostgreSQL 15.
  await rig().server.query('postgres', 'grant create on schema public to public');
  onTestFinished(async () => {
    await rig().server.query('postgres', 'drop function public.starts_with(name, text), public.quote_literal(name), public.set_config(text, text, boolean); drop function spy(), strike(); revoke create on schema public from public');
  });
  await rig().dump();
  await asOwner(
    rig().server,
    'postgres',
    `${SPY};
     create function public.starts_with(name, text) returns boolean language sql as 'select public.spy()';
     create function public.quote_literal(name) returns text language sql as 'select public.spy()::text';
     create function public.set_config(text, text, boolean) returns text language sql as 'select public.spy()::text'`,
  );
  await asOwner(rig().server, 'postgres', 'alter database shop set search_path to public, pg_catalog; alter database shop set temp_tablespaces to pg_default');
  succeeded(await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: 60 })));
  expect(await isSuperuser()).toBe(false);
  expect(await databases(rig().server)).toEqual(['previous_feedc0de', 'shop']);
});
