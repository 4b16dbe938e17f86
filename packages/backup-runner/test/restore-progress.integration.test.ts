// What a restore tells while it works.
import { parseProgressLine } from '@postgres-operator/api';
import { expect, it } from 'vitest';
import { succeeded, useRig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { asOwner } from './stories.ts';

const rig = useRig();
const INDEXES = Array.from({ length: 8 }, (_, n) => `create index on measure ((value + ${n}), note)`).join('; ');

it.each([
  { how: 'one session', changes: { jobs: 1 } },
  { how: 'several sessions', changes: {} },
])('with $how it tells how far it is in rows, then in indexes, and never backwards', async ({ changes }) => {
  await asOwner(rig().server, 'shop', `create table measure as select n as value, repeat(md5(n::text), 4) as note from generate_series(1, 200000) n; alter table measure add primary key (value); ${INDEXES}`);
  await rig().dump();
  const ended = await runToEnd(rig().pod, rig().request(changes));
  succeeded(ended);
  const told = ended.log.split('\n').flatMap((line) => parseProgressLine(line)?.percent ?? []);
  expect(told).toEqual(told.toSorted((one, other) => one - other));
  expect(new Set(told.filter((percent) => percent > 75 && percent < 95)).size).toBeGreaterThan(1);
  expect(told.at(-1)).toBe(99);
});

it('what pg_restore says of its progress is not in its error', async () => {
  await asOwner(rig().server, 'shop', 'create table ghost (id int); create index on ghost (id)');
  await rig().server.query('postgres', 'create role auditor');
  await asOwner(rig().server, 'shop', 'create policy p on ghost to auditor');
  await rig().dump();
  await rig().server.query('shop', 'drop policy p on ghost; drop role auditor');
  const { result } = await runToEnd(rig().pod, rig().request());
  expect(result).toMatchObject({ outcome: 'failed', reason: 'RestoreFailed', message: expect.stringMatching(/^pg_restore: error: (?![^]*(creating|processing) )/) as string });
});
