import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { filesIn } from '../harness/claim.ts';
import { holdTable, waitForBlockedDump, type Held } from '../harness/hold.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';
import { proveTables } from '../harness/table-proof.ts';

describe('Work that is lost ends with the right status', () => {
  const kubectl = storyNamespace('lost-work');
  let held: Held | undefined;

  const jobOf = async (kind: string, name: string): Promise<string> => String((await kubectl.get(kind, name))?.status?.['jobName']);
  const jobsOf = async (name: string): Promise<number> => (await kubectl.list('jobs')).filter((job) => job.metadata.name.startsWith(`${name}-`)).length;
  const stalled = async (name: string): Promise<{ reason: string; message: string } | undefined> => conditionOf(await waitForPhase(kubectl, `backup/${name}`, 'Failed'), 'Stalled');
  /** Starts a Backup, of one attempt unless said otherwise, and comes back when its dump waits for the table that is held. */
  const blockedBackup = async (name: string, backoffLimit = 0): Promise<void> => {
    held = await holdTable(kubectl, 'shop', 'orders');
    await kubectl.apply(backup(name, 'shop', { backoffLimit }));
    await waitForPhase(kubectl, `backup/${name}`, 'InProgress');
    await waitForBlockedDump(kubectl, 'shop');
  };

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id, md5(n::text) as note from generate_series(1, 5000) n');
    await applyAndWait(kubectl, backup('good', 'shop'), 'Completed');
  });

  afterEach(async () => {
    await held?.release();
    held = undefined;
  });

  it('a Backup whose Job is deleted is Failed, with no file under a final name', async () => {
    await blockedBackup('jobless');
    await kubectl('delete', 'job', await jobOf('backup', 'jobless'), '--wait=false');
    expect((await stalled('jobless'))?.reason).toMatch(/^(JobLost|Cancelled|PodLost)$/);
  });

  it('a Backup whose pod is deleted is Failed with the reason', async () => {
    await blockedBackup('podless');
    await kubectl('delete', 'pod', '-l', `batch.kubernetes.io/job-name=${await jobOf('backup', 'podless')}`, '--wait=false');
    expect((await stalled('podless'))?.reason).toMatch(/^(Cancelled|PodLost)$/);
  });

  it('a Backup whose pod is deleted is tried again, as a second Job, and Completed', async () => {
    await blockedBackup('again', 3);
    const first = await jobOf('backup', 'again');
    await kubectl('delete', 'pod', '-l', `batch.kubernetes.io/job-name=${first}`, '--wait=false');
    const waiting = await waitFor(kubectl, 'backup/again', { what: 'a second attempt', wanted: ({ status }) => status?.['attempt'] === 2 });
    expect(conditionOf(waiting, 'Reconciling')).toMatchObject({ status: 'True', reason: 'WaitingForRetry', message: expect.stringMatching(/^Attempt 1 of 4 failed \((Cancelled|PodLost): .*; the next one starts at \d\d:\d\d:\d\dZ$/) as string });
    await held?.release();
    held = undefined;
    const { status } = await waitForPhase(kubectl, 'backup/again', 'Completed');
    const second = first.replace(/-1$/, '-2');
    expect(status).toMatchObject({ attempt: 2, jobName: second });
    expect(status).not.toHaveProperty('nextAttemptTime');
    for (const [job, end] of [[first, 'Failed'], [second, 'Complete']] as const) await kubectl('wait', `job/${job}`, `--for=condition=${end}`, '--timeout=180s');
    expect(await jobsOf('again')).toBe(2);
    expect(await kubectl('get', 'events', '--field-selector', 'involvedObject.name=again,type=Warning,reason=WaitingForRetry', '-o', 'jsonpath={.items[*].message}')).toMatch(/^Attempt 1 of 4 failed [^;]*; the next one starts at [^ ]*$/);
  });

  it('a Backup whose runner is killed at once is Failed, never InProgress for ever', async () => {
    await blockedBackup('killed');
    await kubectl('delete', 'pod', '-l', `batch.kubernetes.io/job-name=${await jobOf('backup', 'killed')}`, '--grace-period=0', '--force');
    expect((await stalled('killed'))?.reason).toMatch(/^(PodLost|Cancelled|ResultMissing)$/);
  });

  it('a Backup that does not end within its deadline is Failed with DeadlineExceeded, and not tried again', async () => {
    held = await holdTable(kubectl, 'shop', 'orders');
    await kubectl.apply(backup('slow', 'shop', { activeDeadlineSeconds: 10 }));
    expect((await stalled('slow'))?.reason).toBe('DeadlineExceeded');
    // The second one is no attempt: it looks what was left.
    expect(await jobsOf('slow')).toBe(2);
    expect((await kubectl.get('backup', 'slow'))?.status).toMatchObject({ attempt: 1 });
  });

  it('pg_dump killed half-way makes the Backup Failed with the reason', async () => {
    await blockedBackup('half');
    const selector = `batch.kubernetes.io/job-name=${await jobOf('backup', 'half')}`;
    const pod = await kubectl('get', 'pod', '-l', selector, '-o', 'jsonpath={.items[0].metadata.name}');
    await kubectl('exec', pod, '--', 'sh', '-c', 'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = pg_dump ] && kill -9 ${p#/proc/}; done; true');
    expect((await stalled('half'))?.reason).toBe('DumpFailed');
  });

  it('a connection that the server drops makes the Backup Failed with the words of pg_dump', async () => {
    await blockedBackup('dropped');
    await kubectl.sql('shop', 'postgres', "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'database_operator_backup'");
    expect((await stalled('dropped'))?.message).toMatch(/terminat|closed the connection/);
  });

  it('a wrong password makes the Backup Failed with AuthenticationFailed', async () => {
    await kubectl.sql('shop', 'postgres', "alter role database_operator_backup password 'changed behind the back'");
    await kubectl.apply(backup('stranger', 'shop'));
    expect((await stalled('stranger'))?.reason).toBe('AuthenticationFailed');
  });

  it('only the good backups have files in the claim, and nothing is left half-way', async () => {
    const files = await filesIn(kubectl, 'shop-backups');
    const finished = files.filter((file) => !file.includes('.partial/'));
    expect(finished.map((file) => file.replace(/.*\/shop\/(\w+)-[0-9a-f]{8}\//, '$1/'))).toEqual(['again', 'good'].flatMap((name) => ['dump.pgcustom.zst', 'globals.sql.zst', 'manifest.json'].map((file) => `${name}/${file}`)));
  });

  it('a Restore whose pod is deleted ends, and leaves the live database as it was or fully restored', async () => {
    const before = await proveTables(kubectl, 'shop', 'shop');
    await kubectl.apply(restore('podless', 'shop', 'good'));
    // Not InProgress: it may be over before it is looked at.
    const { status } = await waitFor(kubectl, 'restore/podless', { what: 'a Job', wanted: (seen) => seen.status?.['jobName'] !== undefined });
    const pods = ['pod', '-l', `batch.kubernetes.io/job-name=${String(status?.['jobName'])}`];
    await kubectl('wait', ...pods, '--for=create', '--timeout=180s');
    await kubectl('delete', ...pods, '--wait=false');
    await kubectl('wait', 'restore/podless', '--for=condition=Reconciling=False', '--timeout=240s');
    expect(await proveTables(kubectl, 'shop', 'shop')).toEqual(before);
  });
});
