import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../harness/kubectl.ts';
import { refreshMounts, replaceServer, routedTo, sqlIn, waitUntilUpdated } from '../harness/servers.ts';
import { applyAndWait, database, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';
import { startWriter } from '../harness/writer.ts';

/** What follows by itself within seconds, on a machine at work on much else. */
const SOON = { timeout: 180_000, interval: 500 };

describe.each([14, 15, 18])('A Database of PostgreSQL %d with three replicas', (major) => {
  const kubectl = storyNamespace(`standbys-${major}`);
  const image = `postgres:${major}`;
  const spec = (replicas: number, more: Record<string, unknown> = {}): ReturnType<typeof database> => database('shop', { image, replicas, ...more });
  /** What only a restart brings into force. */
  const changed = { parameters: { max_connections: '150' } };
  const servers = ['shop-0', 'shop-1', 'shop-2'];
  const ask = (pod: string, statement: string): Promise<string> => sqlIn(kubectl, pod, 'shop', statement);
  /** Writes a row, and waits until each server shows it. */
  const rowArrives = async (pods = servers): Promise<void> => {
    const row = await ask('shop-0', 'insert into item default values returning id');
    await expect.poll(() => Promise.all(pods.map((pod) => ask(pod, `select count(*) from item where id = ${row}`))), SOON).toEqual(pods.map(() => '1'));
  };
  const slots = (): Promise<string> => ask('shop-0', `select coalesce(string_agg(slot_name, ' ' order by slot_name), '') from pg_replication_slots`);
  const claims = async (): Promise<string[]> => (await kubectl.list('pvc')).map(({ metadata }) => metadata.name).sort();

  beforeAll(async () => {
    await applyAndWait(kubectl, spec(3), 'Ready');
    await ask('shop-0', 'create table item (id int generated always as identity)');
  });

  it('has one primary and two standbys of it that stream every row', async () => {
    await rowArrives();
    const facts = await Promise.all(servers.map((pod) => ask(pod, 'select pg_is_in_recovery(), system_identifier from pg_control_system()')));
    const identifier = facts[0]?.split('|')[1];
    expect(facts).toEqual([`f|${identifier}`, `t|${identifier}`, `t|${identifier}`]);
    const streams = (): Promise<string> => ask('shop-0', `select string_agg(application_name || ' ' || state, ', ' order by application_name) from pg_stat_replication`);
    await expect.poll(streams, SOON).toBe('standby_1 streaming, standby_2 streaming');
    expect((await kubectl.get('database', 'shop'))?.status).toMatchObject({ readyReplicas: 3, readOnlyEndpoint: `shop-ro.${kubectl.namespace}.svc.cluster.local:5432` });
  });

  it('<db>-ro leads to standbys only, and <db> to the primary', async () => {
    await expect.poll(() => routedTo(kubectl, 'shop-ro'), SOON).toEqual(['shop-1', 'shop-2']);
    await expect.poll(() => routedTo(kubectl, 'shop'), SOON).toEqual(['shop-0']);
  });

  it('a standby whose volume is lost comes back with the data', async () => {
    await replaceServer(kubectl, 'shop-2', true);
    await rowArrives();
    await waitForPhase(kubectl, 'database/shop', 'Ready');
  });

  it('when the primary is deleted, no acknowledged row is lost', async () => {
    const writer = await startWriter(kubectl, 'shop', image);
    await expect.poll(() => writer.acknowledged(), SOON).toBeGreaterThan(20);
    await replaceServer(kubectl, 'shop-0', false);
    const before = await writer.acknowledged();
    await expect.poll(() => writer.acknowledged(), SOON).toBeGreaterThan(before);
    expect(await writer.missing()).toEqual([]);
    await rowArrives();
  });

  it('when the primary loses its volume, it comes back from a standby with every acknowledged row', async () => {
    const writer = await startWriter(kubectl, 'shop', image);
    await expect.poll(() => writer.acknowledged(), SOON).toBeGreaterThan(20);
    const identifier = await ask('shop-1', 'select system_identifier from pg_control_system()');
    await replaceServer(kubectl, 'shop-0', true);
    const before = await writer.acknowledged();
    await expect.poll(() => writer.acknowledged(), SOON).toBeGreaterThan(before);
    expect(await writer.missing()).toEqual([]);
    await rowArrives();
    expect(await ask('shop-0', 'select system_identifier from pg_control_system()')).toBe(identifier);
    await expect.poll(slots, SOON).toBe('standby_1 standby_2');
    await waitForPhase(kubectl, 'database/shop', 'Ready');
  });

  it('an update restarts one server after the other, the primary last, and loses no acknowledged row', async () => {
    const writer = await startWriter(kubectl, 'shop', image);
    await writer.reaches(10);
    const pods = async (): Promise<KubeObject[]> => kubectl.list('pod', 'app=database,name=shop');
    const before = (await pods()).map(({ metadata }) => metadata.uid);
    await kubectl.apply(spec(3, changed));
    await waitUntilUpdated(kubectl, 'shop');
    const after = await pods();
    expect(after.filter(({ metadata }) => before.includes(metadata.uid))).toEqual([]);
    expect(after.sort((one, other) => one.metadata.creationTimestamp.localeCompare(other.metadata.creationTimestamp)).at(-1)?.metadata.name).toBe('shop-0');
    expect(await Promise.all(servers.map((pod) => ask(pod, 'show max_connections')))).toEqual(['150', '150', '150']);
    await writer.reaches((await writer.acknowledged()) + 10);
    console.log(`PostgreSQL ${major}: longest gap between acknowledged rows ${await writer.longestGap()} s; ${await writer.errors()} errors beside ${await writer.acknowledged()} rows`);
    expect(await writer.missing()).toEqual([]);
    await rowArrives();
  });

  it('scaled to one, it keeps no slot and no volume of the others, and no Service for them', async () => {
    await applyAndWait(kubectl, spec(1, changed), 'Ready');
    // A volume goes when its pod is gone, which has two minutes to stop.
    await expect.poll(claims, { timeout: 300_000, interval: 1000 }).toEqual(['data-shop-0']);
    await expect.poll(async () => (await kubectl.list('service')).map(({ metadata }) => metadata.name).sort(), SOON).toEqual(['shop', 'shop-headless']);
    // The new number is in the pod when the kubelet has brought it there.
    await expect.poll(() => refreshMounts(kubectl, 'shop-0').then(slots), { timeout: 300_000, interval: 5000 }).toBe('');
  }, 900_000);

  it('scaled back to three, all rows are on all of them', async () => {
    await kubectl.apply(spec(3, changed));
    await waitFor(kubectl, 'database/shop', { what: 'three ready servers', wanted: ({ status }) => status?.phase === 'Ready' && status['readyReplicas'] === 3, seconds: 300 });
    await rowArrives();
    await expect.poll(slots, SOON).toBe('standby_1 standby_2');
    expect(await claims()).toEqual(['data-shop-0', 'data-shop-1', 'data-shop-2']);
  });
});

describe('A Database with one replica that loses its volume', () => {
  const kubectl = storyNamespace('lost-volume');

  it('does not come back empty, and says what to do', async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl('delete', 'pvc', 'data-shop-0', '--wait=false');
    await kubectl('delete', 'pod', 'shop-0', '--wait=false');
    const said = ({ status }: { status?: { conditions?: readonly { type: string; message: string }[] } }): boolean =>
      status?.conditions?.some(({ type, message }) => type === 'Ready' && /the volume is empty although this database was up before/.test(message)) ?? false;
    await waitFor(kubectl, 'database/shop', { what: 'a condition that says so', wanted: said });
  });
});
