import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SHOP } from '../demo/shop.ts';
import { inClaim } from '../harness/claim.ts';
import type { KubeObject } from '../harness/kubectl.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitFor } from '../harness/story.ts';

const DRILL = 'database.example.com/drill';

// A constraint is checked when its rows are loaded: this one takes its time, in a drill.
const SLOW_TO_LOAD = `set role app; create function nap() returns boolean language plpgsql as $$begin
  if current_database() like 'restore%' then perform pg_sleep(20); end if; return true; end$$; create table slow (n int check (public.nap())); insert into slow values (1)`;
// A b-tree whose order is not the same each time that it is looked at.
const DICE = `set role app; create table rolled (n int); insert into rolled select generate_series(1, 100);
  create function dice(int) returns float language plpgsql immutable as 'begin return random() * $1; end'; create index rolled_dice on rolled (public.dice(n))`;

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
  /** The pod of a Backup's drill, and what its runner has said, as soon as that holds a text. */
  const drillAt = async (name: string, text: string): Promise<[pod: string, log: string]> =>
    vi.waitFor(
      async () => {
        const [pod] = (await kubectl('get', 'pods', '-l', `${DRILL}=${name}`, '-o', 'name')).split('\n');
        const { stdout: log } = await kubectl.attempt('logs', pod ?? '', '-c', 'runner');
        if (pod === undefined || pod === '' || !log.includes(text)) throw new Error(`the drill of ${name} has said: ${log}`);
        return [pod, log];
      },
      { timeout: 180_000, interval: 250 },
    );
  const said = (object: KubeObject, type = 'RestoreProven'): string => {
    const { status, reason } = conditionOf(object, type) ?? { status: 'none', reason: '' };
    return `${status} ${reason}`;
  };

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop', { parameters: { shared_preload_libraries: 'pg_stat_statements' } }), 'Ready');
    await kubectl.sql('shop', 'shop', SHOP);
    await kubectl.apply({ ...backup('often', 'shop', { schedule: '@daily', verification: { schedule: '* * * * *' } }), metadata: { name: 'often', annotations: { 'database.example.com/run-now': '1' } } });
    await applyAndWait(kubectl, backup('good', 'shop', { verification: { restore: true, queries, keepLogs: '2h' } }), 'Completed');
    const others = { flipped: {}, forged: {}, starting: {}, asking: { queries: [{ name: 'slow', sql: 'select true from pg_sleep(20)' }] }, large: { restore: true, volumeSize: '64Mi' } };
    await Promise.all(Object.entries(others).map(([name, verification]) => applyAndWait(kubectl, backup(name, 'shop', { verification }), 'Completed')));
    await kubectl.sql('shop', 'shop', SLOW_TO_LOAD);
    await applyAndWait(kubectl, backup('loading', 'shop'), 'Completed');
  });

  it('a good one: counts and seconds, by a pod that sees no Secret and no server of the Database', async () => {
    const proven = await answered('good');
    expect(said(proven), JSON.stringify(proven.status)).toBe('True Proven');
    expect(proven.status).toMatchObject({ phase: 'Completed', verification: { tables: 4, rows: 42_200, queries: [{ name: 'orders', passed: true, answer: '10000' }, { name: 'revenue', passed: true, answer: 'true' }], bytesPerSecond: expect.any(Number) as number, serverVersion: expect.stringMatching(/^14\./) as string } });
    const [job] = (await kubectl.list('jobs')).filter(({ metadata }) => metadata.labels?.[DRILL] === 'good');
    expect(JSON.stringify(job?.spec)).not.toMatch(/shop-internal|shop-credentials|shop\.drill|secretName/);
    expect(job?.spec).toMatchObject({ ttlSecondsAfterFinished: 7200 });
    // The embedded cluster enforces no policy: that it is there, and for the drill's pods, is what can be seen.
    expect(await kubectl.list('networkpolicies', `${DRILL}=good`)).toMatchObject([{ spec: { podSelector: { matchLabels: { [DRILL]: 'good' } }, policyTypes: ['Ingress', 'Egress'] } }]);
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

  it.concurrent.each([
    { name: 'loading', from: '"loading"', until: '"loaded"' },
    { name: 'asking', from: '"examined"', until: '"queries asked"' },
  ])('a pod that is killed is followed by another one: $name', async ({ name, from, until }) => {
    await kubectl('annotate', 'backup', name, `${DRILL}=now`);
    const [pod, log] = await drillAt(name, from);
    expect(log).not.toContain(until);
    await kubectl('delete', pod, '--wait=false');
    await waitFor(kubectl, `backup/${name}`, { what: 'another attempt', wanted: ({ status }) => (status?.['verification'] as { attempt?: number } | undefined)?.attempt === 2 });
    expect(said(await answered(name, 'now'))).toBe('True Proven');
  });

  it.concurrent('even before it has begun', async () => {
    await kubectl('annotate', 'backup', 'starting', `${DRILL}=now`);
    const [pod] = await drillAt('starting', '');
    await kubectl('delete', pod, '--wait=false');
    expect(said(await answered('starting', 'now'))).toBe('True Proven');
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

  it('an extension whose library the server loads when it starts works there, too', async () => {
    await kubectl.sql('shop', 'shop', 'create extension pg_stat_statements');
    const verification = { restore: true, queries: [{ name: 'library', sql: 'select count(*) >= 0 from pg_stat_statements' }] };
    expect((await applyAndWait(kubectl, backup('library', 'shop', { verification }), 'Completed')).status).toMatchObject({ serverLibraries: 'pg_stat_statements' });
    const proven = await answered('library');
    expect(said(proven), JSON.stringify(proven.status)).toBe('True Proven');
  });

  it('an index that does not fit its table makes it suspicious, although every row is there', async () => {
    await kubectl.sql('shop', 'shop', DICE);
    await applyAndWait(kubectl, backup('rolled', 'shop', asked), 'Completed');
    const found = await answered('rolled');
    expect([said(found), said(found, 'Suspicious')]).toEqual(['False ContentDamaged', 'True DrillFailed']);
    expect(conditionOf(found, 'RestoreProven')?.message).toMatch(/rolled_dice does not fit its table/);
  });

  it('the Database may be gone', async () => {
    await kubectl('delete', 'database', 'shop', '--timeout=240s');
    const proven = await drill('good', 'later');
    expect(said(proven)).toBe('True Proven');
    expect(proven.status?.['verification']).toMatchObject({ request: 'later', rows: 42_200 });
  });
});
