// A session that takes rows in beside pg_restore, on a real server.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { Run } from '../src/environment.ts';
import { openCopySession } from '../src/load/copy-session.ts';
import { PASSWORDS, USERS } from './postgres-server.ts';
import { useRig } from './restore-rig.ts';
import { asOwner } from './stories.ts';

const rig = useRig();
const COPY = 'COPY public.numbered (id) FROM stdin;\n';

async function opened(): ReturnType<typeof openCopySession> {
  const { server, pod } = rig();
  await asOwner(server, 'shop', 'create table numbered (id int check (id < 3))');
  const run: Run = { environment: pod.environment, signal: new AbortController().signal, log: () => undefined, debug: () => undefined };
  return openCopySession(run, { host: '127.0.0.1', port: server.port, database: 'shop', user: USERS.owner, password: PASSWORDS.owner }, 'UTF8');
}
const rows = (): Promise<unknown> => rig().server.query('shop', 'select id from numbered order by id');

it('has the rows of a table when it says so, and takes those of the next one', async () => {
  const session = await opened();
  for (const text of ['1\n', '2\n']) {
    session.begin(COPY).end(text);
    await session.complete();
  }
  await session.close();
  expect(await rows()).toEqual([{ id: 1 }, { id: 2 }]);
});

it('that is refused a row takes no more, says what the server says, and leaves none', async () => {
  const session = await opened();
  const stream = session.begin(COPY);
  // Large enough that the server has read the first row of it before the last.
  for (const text of ['1\n'.repeat(100_000), '7\n', '2\n'.repeat(100_000)]) if (!stream.destroyed && !stream.write(text)) await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => undefined);
  stream.end();
  await expect(session.complete()).rejects.toMatchObject({ reason: 'RestoreFailed', message: expect.stringMatching(/numbered_id_check[^]*CONTEXT: COPY numbered, line 100001/) as string });
  expect(stream.destroyed).toBe(true);
  await session.close();
  expect(await rows()).toEqual([]);
});

it('that the server ends says that the server is to blame', async () => {
  const session = await opened();
  const stream = session.begin(COPY);
  stream.write('1\n');
  await expect.poll(() => rig().server.query('postgres', `select pg_terminate_backend(pid) as ended from pg_stat_activity where datname = 'shop' and query like 'COPY %'`)).toEqual([{ ended: true }]);
  await expect(session.complete()).rejects.toMatchObject({ reason: 'ServerUnreachable' });
  expect(stream.destroyed).toBe(true);
  await session.close();
});
