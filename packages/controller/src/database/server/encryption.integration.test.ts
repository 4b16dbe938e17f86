// Sessions between the servers of a Database with a certificate: see scripts/parameters.sh.
import { REPLICATION_ROLE } from '@postgres-operator/api';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createServerPki } from '../../../../../e2e/cluster/pki.ts';
import { aDatabase } from '../../../test/fixtures.ts';
import { installPostgres, ServerPods } from '../../../test/server-pods.ts';
import { parametersFile } from '../parameters/file.ts';

beforeAll(installPostgres);

const parametersOf = (spec: Parameters<typeof aDatabase>[0]): string => parametersFile(aDatabase(spec));
const WITH_TLS = parametersOf({ spec: { tls: { secretName: 'orders-tls' } } });
const WITHOUT = parametersOf({});

describe('A server', () => {
  let pods: ServerPods;
  const asReplica = (sslmode: 'disable' | 'prefer'): ReturnType<ServerPods['encrypted']> => pods.encrypted(0, REPLICATION_ROLE, sslmode);
  const plainIsLetIn = { exitCode: 0, stdout: 'f\n' };
  const plainIsRefused = { exitCode: 2, stderr: expect.stringMatching(/pg_hba\.conf rejects connection .*(no encryption|SSL off)/) as string };
  /** What its files say from now on; the probe has it read them. */
  const told = async (files: Readonly<Record<string, string>>): Promise<void> => {
    await pods.mount(0, files);
    expect(await pods.isReady(0)).toBe(true);
  };
  const until = (what: () => Promise<void>): Promise<void> => vi.waitFor(what, { timeout: 60_000, interval: 200 });

  beforeAll(async () => {
    pods = await ServerPods.create({ MAY_INITIALISE: 'yes' });
    await pods.start(0);
    await pods.waitUntilReady(0);
    await pods.tell({ MAY_INITIALISE: 'no' });
  });
  afterAll(() => pods.remove());

  test('without a certificate lets its standbys in without encryption', async () => {
    expect(await asReplica('disable')).toMatchObject(plainIsLetIn);
  });

  test('that has not got its certificate yet does so still: standbys are restarted before it', async () => {
    await told({ 'config/parameters.conf': WITH_TLS });
    expect(await asReplica('disable')).toMatchObject(plainIsLetIn);
  });

  test('with a certificate takes them with encryption only, and everybody else as they want it', async () => {
    const { cert, key } = await createServerPki(['orders']);
    await told({ 'tls/tls.crt': cert, 'tls/tls.key': key });
    await until(async () => expect(await asReplica('prefer')).toMatchObject({ exitCode: 0, stdout: 't\n' }));
    expect(await asReplica('disable')).toMatchObject(plainIsRefused);
    expect(await pods.encrypted(0, 'clerk', 'disable')).toMatchObject(plainIsLetIn);
    await pods.start(1);
    await pods.waitUntilReady(1);
    expect(await pods.sql(0, 'select string_agg(distinct ssl::text, $$ $$) from pg_stat_replication join pg_stat_ssl using (pid)')).toBe('true');
  });

  test('does so from its start on', async () => {
    await pods.stop('SIGINT', 0);
    await pods.start(0);
    await pods.waitUntilReady(0);
    expect(await asReplica('disable')).toMatchObject(plainIsRefused);
    await until(async () => expect(await pods.sql(0, 'select string_agg(ssl::text, $$ $$) from pg_stat_replication join pg_stat_ssl using (pid)')).toBe('true'));
  });

  test('that is to give its certificate up lets them in before it is restarted: they are first', async () => {
    await told({ 'config/parameters.conf': WITHOUT });
    await until(async () => expect(await asReplica('disable')).toMatchObject(plainIsLetIn));
  });
});
