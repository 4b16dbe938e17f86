import { describe, expect, it } from 'vitest';
import { PARAMETER_RULES } from '../../packages/api/src/v1/parameter-rules.ts';
import { RESTART_PARAMETERS } from '../../packages/controller/src/database/parameters/restart.ts';
import { DAMAGE, SHOP } from '../demo/shop.ts';
import type { Kubectl } from '../harness/kubectl.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor } from '../harness/story.ts';
import { proveTables } from '../harness/table-proof.ts';

/** What each major has, and what of a database's locale a restore must carry over that the major before did not have. */
const MAJORS = [
  // Where no client of 14 is to be had, its folder in the runner image holds one of 15.
  { major: 14, client: /^1[45]\./, locale: "lc_collate 'C' lc_ctype 'C.UTF-8'" },
  { major: 15, client: /^15\./, locale: "locale_provider icu icu_locale 'de-AT'" },
  { major: 16, client: /^16\./, locale: "locale_provider icu icu_locale 'de-AT' icu_rules '&a < g'" },
  { major: 17, client: /^17\./, locale: "locale_provider builtin builtin_locale 'C.UTF-8'" },
  { major: 18, client: /^18\./, locale: "locale_provider builtin builtin_locale 'PG_UNICODE_FAST'" },
];

const LOCALE = `select jsonb_object_agg(key, value) from pg_database d, jsonb_each(to_jsonb(d))
  where datname = 'shop' and key in ('encoding', 'datlocprovider', 'datcollate', 'datctype', 'daticulocale', 'datlocale', 'daticurules')`;

const majorOf = async (kubectl: Kubectl, name: string): Promise<number> => Math.floor(Number(await kubectl.sql(name, 'postgres', 'show server_version_num')) / 10_000);

/** Whether the rules of a Database let it be set, to a number at least. */
const isSettable = (name: string): boolean => PARAMETER_RULES.every(({ holds }) => holds?.({ [name]: '20' } as never) ?? true);

describe('A Database of any major from 14 to 18 can be backed up and restored', () => {
  const kubectl = storyNamespace('majors');

  it.concurrent.each(MAJORS)('PostgreSQL $major, by clients that fit it', async ({ major, client, locale }) => {
    const name = `pg${major}`;
    await applyAndWait(kubectl, database(name, { image: `postgres:${major}` }), 'Ready');
    expect(await majorOf(kubectl, name)).toBe(major);
    // What a server reads only when it starts is what the operator restarts it for.
    const readAtStart = (await kubectl.sql(name, 'postgres', "select name from pg_settings where context = 'postmaster'")).split('\n');
    expect(readAtStart.length).toBeGreaterThan(40);
    expect(readAtStart.filter((parameter) => isSettable(parameter) && !RESTART_PARAMETERS.includes(parameter))).toEqual([]);
    await kubectl.sql(name, 'postgres', `drop database shop; create database shop owner app template template0 ${locale};`);
    await kubectl.sql(name, 'shop', SHOP);
    const before = { tables: await proveTables(kubectl, name, 'shop'), locale: await kubectl.sql(name, 'postgres', LOCALE) };

    const { status } = await applyAndWait(kubectl, backup(name, name, { verification: { restore: true } }), 'Completed');
    expect(status).toMatchObject({ serverVersion: expect.stringMatching(`^${major}\\.`) as string, clientVersion: expect.stringMatching(client) as string, tables: 4, rows: 42_200 });

    await kubectl.sql(name, 'shop', DAMAGE);
    expect(await proveTables(kubectl, name, 'shop')).not.toEqual(before.tables);
    await applyAndWait(kubectl, restore(name, name, name, { keepPrevious: '0s' }), 'Completed');
    expect({ tables: await proveTables(kubectl, name, 'shop'), locale: await kubectl.sql(name, 'postgres', LOCALE) }).toEqual(before);

    const drilled = await waitFor(kubectl, `backup/${name}`, { what: 'the end of its drill', wanted: ({ status: seen }) => (seen?.['verification'] as { time?: string } | undefined)?.time !== undefined });
    expect(conditionOf(drilled, 'RestoreProven')).toMatchObject({ status: 'True' });
    expect(drilled.status?.['verification']).toMatchObject({ rows: 42_200, serverVersion: expect.stringMatching(`^${major}\\.`) as string });

    // Since 15 only a database's owner may create in its schema public; and it is the owner still.
    expect(await kubectl.sql(name, 'shop', "set role app; create table later as select 1; insert into customers (name, email, since) values ('New', 'new@example.com', current_date) returning id")).toBe('2001');
    expect(await kubectl.sql(name, 'postgres', "select datname from pg_database where datname not in ('postgres', 'shop', 'template0', 'template1')")).toBe('');
  });
});
