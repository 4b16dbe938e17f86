import { beforeAll, describe, expect, it } from 'vitest';
import { SHOP } from '../demo/shop.ts';
import { inClaim } from '../harness/claim.ts';
import type { KubeObject } from '../harness/kubectl.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitFor } from '../harness/story.ts';

const DRILL = 'database.example.com/drill';

describe('A drill proves a Backup by restoring it, without the live database', () => {
  const kubectl = storyNamespace('drill');
  const CLAIM = 'shop-backups';
  const folderOf = (name: string): string => `"$(dirname "$(ls -d /backups/*/shop/${name}-*/manifest.json)")"`;
  const asked = { verification: { restore: true } };
  const queries = [{ name: 'orders', sql: 'select count(*) from orders', expect: '10000' }, { name: 'revenue', sql: 'select sum(total) > 0 from revenue' }];

  /** Waits for the answer of the drill that was asked for; with a request, of that one. */
  const answered = (name: string, request?: string): Promise<KubeObject> =>
    waitFor(kubectl, `backup/${name}`, { what: 'the end of its drill', wanted: ({ status }) => isAnswered(status?.['verification'], request) });
  const isAnswered = (seen: unknown, request: string | undefined): boolean => typeof seen === 'object' && seen !== null && 'time' in seen && (request === undefined || ('request' in seen && seen.request === request));
  const drill = async (name: string, request = 'now'): Promise<KubeObject> => {
    await kubectl('annotate', 'backup', name, `${DRILL}=${request}`, '--overwrite');
    return answered(name, request);
  };
  const said = (object: KubeObject, type = 'RestoreProven'): string => {
    const { status, reason } = conditionOf(object, type) ?? { status: 'none', reason: '' };
    return `${status} ${reason}`;
  };

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', SHOP);
    await kubectl.apply({ ...backup('often', 'shop', { schedule: '@daily', verification: { schedule: '* * * * *' } }), metadata: { name: 'often', annotations: { 'database.example.com/run-now': '1' } } });
    await applyAndWait(kubectl, backup('good', 'shop', { verification: { restore: true, queries } }), 'Completed');
    const others = { flipped: {}, forged: {}, killed: { queries: [{ name: 'slow', sql: 'select true from pg_sleep(10)' }] }, large: { restore: true, volumeSize: '64Mi' } };
    await Promise.all(Object.entries(others).map(([name, verification]) => applyAndWait(kubectl, backup(name, 'shop', { verification }), 'Completed')));
  });

  it('a good one: counts and seconds, by a pod that sees no Secret and no server of the Database', async () => {
    const proven = await answered('good');
    expect(said(proven), JSON.stringify(proven.status)).toBe('True Proven');
    expect(proven.status).toMatchObject({ phase: 'Completed', verification: { tables: 4, rows: 42_200, queries: [{ name: 'orders', passed: true, answer: '10000' }, { name: 'revenue', passed: true, answer: 'true' }], bytesPerSecond: expect.any(Number) as number, serverVersion: expect.stringMatching(/^14\./) as string } });
    const [job] = (await kubectl.list('jobs')).filter(({ metadata }) => metadata.labels?.[DRILL] === 'good');
    expect(JSON.stringify(job?.spec)).not.toMatch(/shop-internal|shop-credentials|shop\.drill|secretName/);
    expect(await kubectl.sql('shop', 'postgres', "select count(*) from pg_database where datname like 'restore_%'")).toBe('0');
  });

  it('one that needs more room than it may have is refused before it starts, with the size', async () => {
    const refused = await answered('large');
    expect(said(refused)).toBe('False DrillVolumeTooSmall');
    expect(conditionOf(refused, 'RestoreProven')?.message).toMatch(/needs about \d+Mi/);
    expect(conditionOf(refused, 'Suspicious')).toBeUndefined();
    expect((await kubectl.list('jobs')).filter(({ metadata }) => metadata.labels?.[DRILL] === 'large')).toEqual([]);
  });

  it.concurrent('a flipped bit makes it suspicious', async () => {
    await inClaim(kubectl, CLAIM, `f=${folderOf('flipped')}/dump.pgcustom.zst; b=$(od -An -tu1 -j 5000 -N 1 "$f" | tr -d ' '); printf "\\\\x$(printf %x $((b ^ 1)))" | dd of="$f" bs=1 seek=5000 conv=notrunc`);
    const found = await drill('flipped');
    expect([said(found), said(found, 'Suspicious'), found.status?.phase]).toEqual(['False BackupCorrupt', 'True DrillFailed', 'Completed']);
  });

  it.concurrent('so do fewer rows than there were', async () => {
    const manifest = `${folderOf('forged')}/manifest.json`;
    await inClaim(kubectl, CLAIM, `sed -i 's/"rows": *10000/"rows":10001/' ${manifest}`);
    const digest = (await inClaim(kubectl, CLAIM, `sha256sum ${manifest}`)).slice(0, 64);
    await kubectl('patch', 'backup', 'forged', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: { manifestSha256: digest } }));
    const found = await drill('forged');
    expect([said(found), said(found, 'Suspicious')]).toEqual(['False RestoreFailed', 'True DrillFailed']);
    expect(conditionOf(found, 'RestoreProven')?.message).toContain('public.orders has 10000 rows, the backup 10001');
  });

  it.concurrent('a pod that is killed is followed by another one', async () => {
    await kubectl('annotate', 'backup', 'killed', `${DRILL}=now`);
    await waitFor(kubectl, 'backup/killed', { what: 'a drill', wanted: (object) => said(object) === 'Unknown DrillInProgress' });
    await kubectl('wait', 'pod', '-l', `${DRILL}=killed`, '--for=create', '--timeout=180s');
    await kubectl('wait', 'pod', '-l', `${DRILL}=killed`, '--for=jsonpath={.status.phase}=Running', '--timeout=180s');
    await kubectl('delete', 'pod', '-l', `${DRILL}=killed`, '--wait=false');
    await waitFor(kubectl, 'backup/killed', { what: 'another attempt', wanted: ({ status }) => (status?.['verification'] as { attempt?: number } | undefined)?.attempt === 2 });
    expect(said(await answered('killed', 'now'))).toBe('True Proven');
  });

  it('a schedule has its newest run drilled at times of its own', async () => {
    await waitFor(kubectl, 'backup/often', { what: 'a proof', wanted: (object) => said(object) === 'True Proven' });
    await kubectl('patch', 'backup', 'often', '--type=merge', '-p', '{"spec":{"suspend":true,"verification":{"schedule":"@weekly"}}}');
    // Each minute asked for another one, and the last of them may not have an answer yet.
    const lastOne = async (): Promise<object> => {
      const { drill, newestGood } = ((await kubectl.get('backup', 'often'))?.status ?? {}) as { drill?: { run: string; scheduledTime: string }; newestGood?: string };
      const { rows, scheduledTime } = ((await kubectl.get('backup', newestGood ?? ''))?.status?.['verification'] ?? {}) as { rows?: number; scheduledTime?: string };
      return { isNewest: drill?.run === newestGood, isAnswered: scheduledTime === drill?.scheduledTime, rows };
    };
    await expect.poll(lastOne, { timeout: 180_000, interval: 1000 }).toEqual({ isNewest: true, isAnswered: true, rows: 42_200 });
  });

  it('an empty database is proven like any other', async () => {
    await kubectl.sql('shop', 'shop', 'drop owned by app cascade');
    await applyAndWait(kubectl, backup('empty', 'shop', asked), 'Completed');
    const proven = await answered('empty');
    expect(said(proven)).toBe('True Proven');
    expect(proven.status?.['verification']).toMatchObject({ tables: 0, rows: 0 });
  });

  it('the Database may be gone', async () => {
    await kubectl('delete', 'database', 'shop', '--timeout=240s');
    const proven = await drill('good', 'later');
    expect(said(proven)).toBe('True Proven');
    expect(proven.status?.['verification']).toMatchObject({ request: 'later', rows: 42_200 });
  });
});
