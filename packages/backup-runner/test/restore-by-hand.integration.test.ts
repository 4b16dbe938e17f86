// The commands of docs/restore.md, word for word.
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FAILPOINT_VARIABLE } from '../src/failpoint.ts';
import { backUpAndGoOn, succeeded, useRig } from './restore-rig.ts';
import { runToEnd, startRunner } from './runner.ts';
import { databases } from './stories.ts';

const rig = useRig();
const PAGE = await readFile(new URL('../../../docs/restore.md', import.meta.url), 'utf8');
const tried = new Set<string>();

/** The commands below a heading. */
function commandsOf(heading: string): string[] {
  tried.add(heading);
  const section = PAGE.split(/^###? /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sql\n([^]*?)^```/gm)].map(([, sql]) => sql ?? '');
}

/** Runs them in one session, as a person would. Returns the rows of the last statement. */
async function follow(heading: string): Promise<Record<string, unknown>[]> {
  const session = await rig().server.connect('postgres');
  let rows: Record<string, unknown>[] = [];
  try {
    for (const sql of commandsOf(heading)) {
      // A DO block has semicolons of its own.
      const statements = sql.includes('$$') ? [sql] : sql.split(/;\s*$/m).filter((statement) => statement.trim() !== '');
      for (const statement of statements) ({ rows } = await session.query<Record<string, unknown>>(statement));
    }
  } finally {
    await session.end();
  }
  return rows;
}

const restored = async (): Promise<void> => {
  await backUpAndGoOn(rig());
  succeeded(await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: 3600 })));
};

it('what restores left is found, and what it is', async () => {
  await restored();
  expect(await follow('Look at what restores left')).toMatchObject([{ datname: 'previous_feedc0de', open: false, what_it_is: expect.stringContaining('"database":"shop"') as string }]);
  expect(await follow('Which restore made the live database')).toMatchObject([{ restore: { uid: rig().request().object.uid, tables: 1, rows: 2 } }]);
});

it('going back brings every row back', async () => {
  await restored();
  await follow('Go back by hand');
  expect(await rig().ids()).toEqual([1, 2, 3]);
  expect(await databases(rig().server)).toEqual(['shop', 'shop_replaced']);
  // And the operator goes on from there.
  succeeded(await runToEnd(rig().pod, rig().request({ object: { kind: 'Restore', namespace: 'shop', name: 'again', uid: '0000aaaa-0000-4000-8000-000000000009' } })));
  expect(await rig().ids()).toEqual([1, 2]);
});

it('rows are read out of the previous database, which is closed again', async () => {
  await restored();
  const [open = '', close = ''] = commandsOf('Read rows out of the previous database');
  await rig().server.query('postgres', open);
  expect(await rig().ids('previous_feedc0de')).toEqual([1, 2, 3]);
  await rig().server.query('postgres', close);
  await expect(rig().ids('previous_feedc0de')).rejects.toThrow(/not currently accepting connections/);
});

it('it is kept longer, and dropped', async () => {
  await restored();
  await follow('Keep it longer');
  const [{ kept = '' } = {}] = await rig().server.query<{ kept: string }>('postgres', `select shobj_description(oid, 'pg_database')::jsonb ->> 'keptUntil' as kept from pg_database where datname = 'previous_feedc0de'`);
  expect(Date.parse(kept) - Date.now()).toBeGreaterThan(6 * 86_400_000);
  await follow('End the sessions on a standby');
  await follow('Drop it now');
  expect(await databases(rig().server)).toEqual(['shop']);
});

it('a database that a failed restore dropped is opened empty', async () => {
  await backUpAndGoOn(rig());
  const { result } = await startRunner(rig().pod, rig().request({ mode: 'replace' }), [], { [FAILPOINT_VARIABLE]: 'before-load:error' }).ended;
  expect(result).toMatchObject({ outcome: 'failed' });
  expect(await follow('Look at what restores left')).toMatchObject([{ datname: 'shop', open: false, what_it_is: expect.stringContaining('has not finished; restore again') as string }]);
  await follow('Give up on it');
  expect(await rig().server.query('shop', `select to_regclass('public.item') as item`)).toEqual([{ item: null }]);
});

it('no command is left untried', () => {
  const headings = PAGE.split(/^###? /m).filter((part) => part.includes('```sql')).map((part) => part.slice(0, part.indexOf('\n')));
  expect(headings.filter((heading) => !tried.has(heading))).toEqual([]);
});
