import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { ERRORS_OF_A_SWAP, clientEvery, sessionsBehind } from './outage.ts';
import { expectRestored, largeBackup, smallBackup, useRig } from './restore-rig.ts';
import { runToEnd, startRunner } from './runner.ts';
import { asOwner, databases, until } from './stories.ts';

const rig = useRig();

describe('the swap', () => {
  /** Someone who changes the live database's comment, and takes his time: no rename gets past him. */
  const hold = async (): Promise<Client> => {
    const session = await rig().server.connect('postgres');
    await session.query(`begin; comment on database shop is 'held'`);
    return session;
  };
  const renameWaits = (): Promise<boolean> =>
    until('the rename to wait', async () => (await rig().server.query('postgres', `select 1 from pg_locks where locktype = 'object' and mode = 'AccessExclusiveLock' and not granted`)).length > 0);

  it('shows clients a short gap, of refused connections only', async () => {
    const request = await largeBackup(rig());
    const clients = [clientEvery(10, () => rig().server.connect('shop', 'owner')), await sessionsBehind(10, () => rig().server.connect('shop', 'owner'))];
    // What a database that is not swapped shows is the machine's.
    const elsewhere = clientEvery(10, () => rig().server.connect('postgres'), (client) => client.query('select'));
    const { result, log } = await runToEnd(rig().pod, request);
    const seen = await Promise.all(clients.map((client) => client.stop()));
    const { longestGap: stalled } = await elsewhere.stop();
    expect(result, log).toMatchObject({ outcome: 'succeeded' });
    const gap = Math.max(...seen.map(({ longestGap }) => longestGap));
    console.log('outage', { stalled, runner: result.outcome === 'succeeded' && result.command === 'restore' ? result.outageMilliseconds : undefined, gap, ...seen });
    expect(seen.flatMap(({ errors }) => errors).filter((code) => !ERRORS_OF_A_SWAP.includes(code))).toEqual([]);
    expect(gap - stalled).toBeLessThan(1000);
    await expectRestored(rig());
  });

  it('waits for those who hold the database, and lets others in meanwhile', async () => {
    const request = await smallBackup(rig());
    const holder = await hold();
    const runner = startRunner(rig().pod, request);
    await renameWaits();
    const client = await rig().server.connect('shop');
    await client.end();
    await holder.query('rollback');
    await holder.end();
    expect((await runner.ended).result).toMatchObject({ outcome: 'succeeded' });
    await expectRestored(rig());
  });

  it('is not half done when the runner dies in it, and nobody is kept out', async () => {
    const request = await smallBackup(rig());
    const holder = await hold();
    const runner = startRunner(rig().pod, request);
    await renameWaits();
    runner.child.kill('SIGKILL');
    await runner.ended;
    const diedAt = Date.now();
    expect(await rig().ids()).toEqual([1, 2, 3]);
    // The attempt that was under way keeps the door closed for a second at most; he who holds the database, for ever.
    expect(Date.now() - diedAt).toBeLessThan(10_000);
    await holder.query('rollback');
    await holder.end();
    expect(await rig().ids()).toEqual([1, 2, 3]);
    expect((await runToEnd(rig().pod, request)).exitCode).toBe(0);
    await expectRestored(rig());
  });

  it('is finished by the next run when the runner dies right after it', async () => {
    const request = await smallBackup(rig());
    const holder = await hold();
    const runner = startRunner(rig().pod, request);
    await renameWaits();
    // From now on no setting of a database can be written: the runner stops after the swap, before it drops the previous one.
    const settings = await rig().server.connect('postgres');
    await settings.query('begin; lock table pg_db_role_setting in share mode');
    await holder.query('rollback');
    await holder.end();
    await until('the swap', async () => (await databases(rig().server)).includes('previous_feedc0de'));
    runner.child.kill('SIGKILL');
    await runner.ended;
    await until('the end of its last statement', async () => (await rig().server.query('postgres', 'select 1 from pg_locks where not granted')).length === 0);
    await settings.query('rollback');
    await settings.end();
    await asOwner(rig().server, 'shop', `insert into item values (4, 'written after the swap')`);
    const { result } = await runToEnd(rig().pod, request);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect(result).not.toHaveProperty('outageMilliseconds');
    expect(await rig().ids()).toEqual([1, 2, 4]);
    expect(await databases(rig().server)).toEqual(['shop']);
  });
});
