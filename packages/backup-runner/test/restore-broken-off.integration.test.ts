import { describe, expect, it } from 'vitest';
import { expectRestored, expectUntouched, largeBackup, useRig } from './restore-rig.ts';
import { runToEnd, startRunner } from './runner.ts';
import { childNamed, copying, until } from './stories.ts';

const rig = useRig();

describe('a restore that is broken off while it loads leaves the database alone', () => {
  it('by SIGTERM', async () => {
    const runner = startRunner(rig().pod, await largeBackup(rig()));
    await copying(rig().server);
    runner.child.kill('SIGTERM');
    const { result, exitCode } = await runner.ended;
    expect(result).toMatchObject({ reason: 'Cancelled' });
    expect(exitCode).toBe(143);
    await expectUntouched(rig());
  });

  it('by the end of pg_restore', async () => {
    const runner = startRunner(rig().pod, await largeBackup(rig()));
    await copying(rig().server);
    process.kill(await until('pg_restore', () => childNamed(runner.child.pid, 'pg_restore')), 'SIGKILL');
    expect((await runner.ended).result).toMatchObject({ reason: 'RestoreFailed', retryable: true });
    await expectUntouched(rig());
  });

  it('by the server', async () => {
    const runner = startRunner(rig().pod, await largeBackup(rig()));
    await rig().server.query('postgres', 'select pg_terminate_backend($1)', [await copying(rig().server)]);
    expect((await runner.ended).result).toMatchObject({ reason: 'ServerUnreachable', retryable: true });
    await expectUntouched(rig());
  });

  it('by the death of the runner; the next one starts over', async () => {
    const request = await largeBackup(rig());
    const runner = startRunner(rig().pod, request);
    await copying(rig().server);
    runner.child.kill('SIGKILL');
    await runner.ended;
    expect(await rig().ids()).toEqual([1, 2, 3]);
    expect((await runToEnd(rig().pod, request)).exitCode).toBe(0);
    expect(await rig().server.query('shop', 'select count(*)::int as rows from big')).toEqual([{ rows: 150 }]);
    await expectRestored(rig());
  });
});
