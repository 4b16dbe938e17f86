// A database of another encoding than its server's others, with names and passwords that need it.
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpgradeLoadSucceeded } from '@postgres-operator/api';
import { layMajors, type Majors } from './majors.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { makePod, runToEnd } from './runner.ts';
import { leave, requests, succeeded, type UpgradeRig } from './upgrade-rig.ts';

const ROLE = `Jörg's "role"`;
const PASSWORD = 'pä$$wörd';

let majors: Majors;
let rig: UpgradeRig;
let fresh: PostgresServer;

beforeAll(async () => {
  majors = await layMajors(14);
  const [old, pod] = await Promise.all([startPostgres([], majors.server(14)), makePod()]);
  rig = { old, pod, database: 'shop' };
  await old.query('postgres', `create role ${escapeIdentifier(ROLE)} login password '${PASSWORD}'`);
  await old.query('postgres', `comment on role ${escapeIdentifier(ROLE)} is 'Ä'`);
  await old.query('postgres', `create database shop owner ${escapeIdentifier(ROLE)} template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'`);
  await old.query('shop', `create table size (v text primary key); insert into size values ('ä'), ('ÿ')`);
  const dumped = await leave(rig, 15);
  fresh = await startPostgres([], majors.server(15));
  await fresh.query('postgres', 'create database shop');
  expect(succeeded<UpgradeLoadSucceeded>(await runToEnd(rig.pod, requests(rig).load(fresh, dumped)), 'upgradeLoad')).toMatchObject({ notes: [], rows: 2 });
});
afterAll(() => Promise.all([rig.old.stop(), fresh.stop(), rig.pod.remove(), majors.remove()]));

describe('afterwards', () => {
  it('the database has its encoding, and every character', async () => {
    expect(await fresh.query('shop', `select pg_encoding_to_char(encoding) as encoding, (select string_agg(v, '' order by v) from size) as v from pg_database where datname = 'shop'`)).toEqual([{ encoding: 'LATIN1', v: 'äÿ' }]);
  });

  it('a role with such a name has it as everybody knows it, and logs in', async () => {
    expect(await fresh.query('postgres', `select shobj_description(oid, 'pg_authid') as comment from pg_roles where rolname = $1`, [ROLE])).toEqual([{ comment: 'Ä' }]);
    const client = new Client({ host: '127.0.0.1', port: fresh.port, database: 'postgres', user: ROLE, password: PASSWORD });
    await client.connect();
    await client.end();
  });

  it('and owns what it owned', async () => {
    expect(await fresh.query('postgres', `select pg_get_userbyid(datdba) as owner from pg_database where datname = 'shop'`)).toEqual([{ owner: ROLE }]);
  });
});
