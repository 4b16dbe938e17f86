import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { installPostgres, ServerPods } from '../../../test/server-pods.ts';

beforeAll(installPostgres);

describe('a primary whose volume is lost together with the passwords that its standby knows', () => {
  test('says what to do, is not initialised, and comes back with every row when that is done', async () => {
    const pods = await ServerPods.create({ REPLICAS: 2, MAY_INITIALISE: 'yes', PEER_WAIT_SECONDS: 3 });
    onTestFinished(() => pods.remove());
    await pods.start(0, 1);
    await pods.waitUntilReady(0, 1);
    await pods.sql(0, 'create table item as select generate_series(1, 10) as id');
    const refused = await pods.execute(1, 'take-passwords.sh');
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/the primary \S+ is up: this standby gets its passwords from there/)]);
    await pods.stop('SIGINT', 0, 1);

    await pods.loseVolume(0);
    await pods.setPasswords('new');
    await pods.tell({ MAY_INITIALISE: 'no' });
    await pods.start(1, 0);
    expect(await pods.ended(0)).toMatch(/know only the passwords of before, .* In the pod of the standby that has most, run: bash \S+\/take-passwords\.sh$/);
    expect((await pods.execute(1, 'take-passwords.sh')).stderr).toContain('done: this server starts again as a standby');
    await pods.ended(1);
    await pods.start(1, 0);
    await pods.waitUntilReady(0, 1);
    expect(await Promise.all([0, 1].map((ordinal) => pods.sql(ordinal, 'select count(*), pg_is_in_recovery() from item group by 2')))).toEqual(['10|f', '10|t']);
  });
});
