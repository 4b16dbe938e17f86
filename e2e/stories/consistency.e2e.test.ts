// A Database is Ready when its servers agree, and says so; its runs know the standbys.
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { kubectlFor, type KubeObject } from '../harness/kubectl.ts';
import { metricsOf } from '../harness/metrics.ts';
import { OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { refreshMounts, replaceServer, sqlIn } from '../harness/servers.ts';
import { renewCertificate, verifyingClient } from '../harness/certificate.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';

const CERTIFICATE = 'shop-tls';

describe('A Database with a standby', () => {
  const kubectl = storyNamespace('consistency');
  const servers = ['shop-0', 'shop-1'];
  /** Signs the certificate of the servers. */
  let ca = '';
  const operator = kubectlFor(inject('cluster'), OPERATOR_NAMESPACE);
  const onStandby = (statement: string, dbname = 'shop'): Promise<string> => sqlIn(kubectl, 'shop-1', dbname, statement);
  /** Asks for a check, and waits for its answer. That it could not be made is none: it is made again. */
  const check = async (request: string): ReturnType<typeof waitFor> => {
    await kubectl('annotate', 'database', 'shop', `database.example.com/check=${request}`, '--overwrite');
    const isAnswer = (seen: KubeObject): boolean => (seen.status?.['consistency'] as { request?: string } | undefined)?.request === request && conditionOf(seen, 'Consistent')?.reason !== 'CheckFailed';
    return waitFor(kubectl, 'database/shop', { what: `an answer to ${request}`, wanted: isAnswer });
  };
  /** Lines of the controller about this Database that the lab's grep finds. */
  const logged = async (words: RegExp): Promise<string[]> => {
    const lines = (await operator('logs', '-l', 'control-plane=controller-manager', '--tail=-1')).split('\n');
    return lines.filter((line) => line.includes(`"namespace":"${kubectl.namespace}"`) && /consistency|replica/i.test(line) && words.test(line));
  };

  beforeAll(async () => {
    ca = await renewCertificate(kubectl, CERTIFICATE, 'shop');
    await applyAndWait(kubectl, database('shop', { image: 'postgres:15', replicas: 2, tls: { secretName: CERTIFICATE }, parameters: { log_connections: 'on' } }), 'Ready');
    await kubectl.sql('shop', 'shop', `set role app; create table item (id int); insert into item values (1), (2)`);
  });

  it('was checked before it was Ready: a row arrived at the standby, and the log says that it was looked for', async () => {
    const { status } = (await kubectl.get('database', 'shop')) ?? {};
    expect(conditionOf({ status } as never, 'Consistent')).toMatchObject({ status: 'True', reason: 'AllChecksPassed' });
    expect(status?.['replication']).toMatchObject([{ name: 'shop-1', state: 'Streaming', systemIdentifierMatches: true, rowArrived: true }]);
    // A log is written after the status that it tells of, and read from a file that is a little behind.
    await expect.poll(() => logged(/All replicas ready, (checking consistency|consistency checked)/), { timeout: 60_000 }).toHaveLength(1);
    expect((await kubectl.list('job', 'database.example.com/consistency-check')).length).toBeLessThanOrEqual(1);
  });

  it('is checked when an annotation asks for it, and stays Ready meanwhile', async () => {
    const before = await kubectl.get('database', 'shop');
    const { status } = await check('first');
    expect(status).toMatchObject({ phase: 'Ready', ready: true });
    const since = (object: typeof before): string | undefined => (object?.status?.conditions as readonly { type: string; lastTransitionTime: string }[] | undefined)?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    expect(since(await kubectl.get('database', 'shop'))).toBe(since(before));
  });

  it('is rid of what a killed Restore left, once that is an hour old, and says how much there is still', async () => {
    const [old, young] = ['restore_00000001', 'restore_00000002'] as const;
    for (const name of [old, young]) {
      await kubectl.sql('shop', 'postgres', `create database ${name}`);
      await kubectl.sql('shop', 'postgres', `comment on database ${name} is 'postgres-operator: temporary database of a restore'`);
      onTestFinished(async () => void (await kubectl.sql('shop', 'postgres', `drop database if exists ${name}`)));
    }
    const oid = await kubectl.sql('shop', 'postgres', `select oid from pg_database where datname = '${old}'`);
    await kubectl('exec', 'shop-0', '-c', 'postgres', '--', 'bash', '-c', 'touch -d "2 hours ago" "$PGDATA/base/$1/PG_VERSION"', 'bash', oid);
    expect((await check('leftovers')).status).toMatchObject({ phase: 'Ready', consistency: { leftoverDatabases: 1 } });
    expect(await kubectl.sql('shop', 'postgres', `select string_agg(datname, ' ') from pg_database where datname like 'restore%'`)).toBe(young);
    expect(await metricsOf(operator, ({ namespace, database: name }) => namespace === kubectl.namespace && name === 'shop')).toMatchObject({ [`database_leftover_databases{database="shop",namespace="${kubectl.namespace}"}`]: 1 });
  });

  it('whose standby stands still is Verifying and says why, until rows arrive again', async () => {
    await onStandby('select pg_wal_replay_pause()');
    onTestFinished(async () => void (await onStandby('select pg_wal_replay_resume()')));
    const failing = await check('second');
    expect(failing.status).toMatchObject({ phase: 'Verifying', ready: false, replication: [{ name: 'shop-1', rowArrived: false }] });
    expect(conditionOf(failing, 'Consistent')).toMatchObject({ status: 'False', reason: 'RowNotArrived', message: expect.stringContaining('has not arrived at shop-1') as string });
    expect(conditionOf(failing, 'Ready')?.message).toMatch(/^Consistency check failed, retrying at /);
    await expect.poll(() => logged(/consistency check failed, retrying.*RowNotArrived/), { timeout: 60_000 }).toHaveLength(1);
    await onStandby('select pg_wal_replay_resume()');
    const mended = await waitForPhase(kubectl, 'database/shop', 'Ready');
    expect(conditionOf(mended, 'Consistent')).toMatchObject({ status: 'True' });
  });

  it('that a Backup may be the remedy for is backed up although it is not Ready', async () => {
    const recorded = (version: string): Promise<string> => kubectl.sql('shop', 'postgres', `update pg_database set datcollversion = ${version} where datname = 'shop'`);
    const version = await kubectl.sql('shop', 'postgres', `select quote_nullable(datcollversion) from pg_database where datname = 'shop'`);
    await recorded(`'of another image'`);
    onTestFinished(async () => void (await recorded(version)));
    expect(conditionOf(await check('third'), 'Consistent')?.reason).toBe('CollationVersionMismatch');
    await applyAndWait(kubectl, backup('unwell', 'shop'), 'Completed');
    expect((await kubectl.get('database', 'shop'))?.status?.phase).toBe('Verifying');
    await recorded(version);
    await waitForPhase(kubectl, 'database/shop', 'Ready');
  });

  it('is backed up from the standby where that is preferred', async () => {
    const { status } = await applyAndWait(kubectl, backup('nightly', 'shop', { source: 'PreferStandby' }), 'Completed');
    expect(status).toMatchObject({ source: 'Standby' });
  });

  it('shows what was restored on the standby as well when the Restore is Completed, and nobody there is left on the old content', async () => {
    await kubectl.sql('shop', 'shop', 'set role app; insert into item values (3)');
    await expect.poll(() => onStandby('select count(*) from item'), { timeout: 120_000 }).toBe('3');
    const session = kubectl.attempt('exec', 'shop-1', '-c', 'postgres', '--', 'psql', '-XqAt', '-U', 'postgres', '-d', 'shop', '-c', 'select pg_sleep(300)');
    await expect.poll(() => onStandby(`select count(*) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()`, 'postgres'), { timeout: 120_000 }).toBe('1');
    await applyAndWait(kubectl, restore('undo', 'shop', 'nightly'), 'Completed');
    expect(await onStandby('select count(*) from item')).toBe('2');
    expect(await session).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('terminating connection') as string });
  });

  it('that has a certificate was reached over encrypted sessions only, by standby, check, Backup and Restore', async () => {
    const logs = await Promise.all(servers.map((pod) => kubectl('logs', pod, '-c', 'postgres')));
    const sessions = logs.join('\n').split('\n').flatMap((line) => /connection authorized: (.*application_name=(?:postgres-operator|standby_1)\b.*)/.exec(line)?.[1] ?? []);
    for (const user of ['postgres', 'database_operator_backup', 'database_operator_replication', 'app']) expect(sessions).toContainEqual(expect.stringContaining(`user=${user} `));
    expect(sessions.filter((session) => !session.includes('SSL enabled'))).toEqual([]);
  });

  it('lets a client in that verifies the certificate, and a renewed one comes into force without a restart', async () => {
    const client = async (signer: string): Promise<string> => {
      const { stdout, stderr } = await verifyingClient(kubectl, { pod: 'shop-1', database: 'shop', ca: signer });
      return stdout.trim() || stderr;
    };
    const starts = async (): Promise<unknown[]> => (await kubectl.list('pod', 'app=database,name=shop')).map(({ metadata, status }) => [metadata.uid, (status?.['containerStatuses'] as { restartCount: number }[])[0]?.restartCount]);
    const before = await starts();
    expect(await client(ca)).toMatch(/^TLSv1/);
    const renewed = await renewCertificate(kubectl, CERTIFICATE, 'shop');
    await expect.poll(() => refreshMounts(kubectl, ...servers).then(() => client(renewed)), { timeout: 300_000, interval: 2000 }).toMatch(/^TLSv1/);
    expect(await client(ca)).toMatch(/certificate verify failed/);
    expect(await starts()).toEqual(before);
  });

  it('whose standby has read a damaged page says so, and is well again when that is made anew', async () => {
    // Its files are copied past the server, which then has nothing of them in memory.
    await kubectl.sql('shop', 'postgres', 'create database spoilt strategy file_copy');
    onTestFinished(async () => void (await kubectl.sql('shop', 'postgres', 'drop database if exists spoilt with (force)')));
    const table = 'information_schema.sql_features';
    await expect.poll(() => onStandby(`select count(*) from pg_database where datname = 'spoilt'`), { timeout: 180_000 }).toBe('1');
    const file = await onStandby(`select pg_relation_filepath('${table}')`, 'spoilt');
    await kubectl('exec', 'shop-1', '-c', 'postgres', '--', 'bash', '-c', 'printf damage | dd of="$PGDATA/$1" bs=1 seek=9000 conv=notrunc', 'bash', file);
    await expect(onStandby(`select count(*) from ${table}`, 'spoilt')).rejects.toThrow('invalid page in block 1');
    const failing = await check('fourth');
    expect(conditionOf(failing, 'Consistent')).toMatchObject({ status: 'False', reason: 'ChecksumFailures', message: expect.stringMatching(/shop-1.*spoilt/) as string });
    await replaceServer(kubectl, 'shop-1', true);
    await waitFor(kubectl, 'database/shop', { what: 'Ready and Consistent', wanted: (object) => object.status?.phase === 'Ready' && conditionOf(object, 'Consistent')?.status === 'True' });
    await expect.poll(async () => Number(await onStandby(`select count(*) from ${table}`, 'spoilt')), { timeout: 120_000 }).toBeGreaterThan(0);
  });
});
