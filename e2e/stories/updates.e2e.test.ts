import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { AdminApi } from '../campaigns/api.ts';
import { CHANGES } from '../campaigns/database/steps.ts';
import { reach, strike } from '../campaigns/database/trial.ts';
import { tagImage } from '../cluster/index.ts';
import { isReady, refreshMounts, waitUntilUpdated } from '../harness/servers.ts';
import { applyAndWait, conditionOf, database, storyNamespace, waitFor, type Manifest } from '../harness/story.ts';
import { startWriter } from '../harness/writer.ts';

/** The longest gap that a client may see: P12 of the design says 3 s on a quiet machine; the machine of a test run is not. */
const GAP_SECONDS = 45;

/** The same content under the name that the next minor version would have. */
const NEXT_IMAGE = 'postgres:14.next';
/** What is in force when the images change. */
const PARAMETERS = { work_mem: '7MB', max_connections: '90' };

describe('A Database of three servers is updated under a client that writes', () => {
  const kubectl = storyNamespace('updates');
  const servers = (spec: Record<string, unknown> = {}): Manifest => database('shop', { replicas: 3, ...spec });

  const ground = { kubectl, api: new AdminApi(inject('cluster').kubeconfig) };
  afterAll(() => ground.api.close());

  const show = (parameter: string): Promise<string> => kubectl.sql('shop', 'postgres', `show ${parameter}`);
  const started = async (): Promise<string[]> => (await kubectl.list('pod', 'app=database,name=shop')).map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
  const isDone = (): Promise<void> => waitUntilUpdated(kubectl, 'shop');
  const apply = async (spec: Record<string, unknown>): Promise<void> => {
    await kubectl.apply(servers(spec));
  };

  beforeAll(async () => {
    await applyAndWait(kubectl, servers(), 'Ready');
  });

  /** Runs an update while a client writes. */
  const underWrites = async (update: () => Promise<void>): Promise<void> => {
    const writer = await startWriter(kubectl, 'shop', 'postgres:14');
    await writer.reaches(10);
    await update();
    await writer.reaches((await writer.acknowledged()) + 10);
    const gap = await writer.longestGap();
    console.log(`longest gap between acknowledged rows: ${gap} s; ${await writer.errors()} errors beside ${await writer.acknowledged()} rows`);
    expect(await writer.missing()).toEqual([]);
    expect(gap).toBeLessThan(GAP_SECONDS);
  };

  it('a parameter comes into force without a restart', async () => {
    const before = await started();
    await apply({ parameters: { work_mem: '7MB' } });
    const brought = async (): Promise<string> => refreshMounts(kubectl, 'shop-0').then(() => show('work_mem'));
    await expect.poll(brought, { timeout: 300_000, interval: 2000 }).toBe('7MB');
    expect(await started()).toEqual(before);
  });

  it('a parameter that PostgreSQL refuses is told with its words, and nothing changes', async () => {
    const before = await started();
    await apply({ parameters: { work_mem: 'much', no_such_thing: '1' } });
    const refused = await waitFor(kubectl, 'database/shop', { what: 'ParametersRefused', wanted: (object) => conditionOf(object, 'Degraded')?.reason === 'ParametersRefused' });
    expect(conditionOf(refused, 'Degraded')?.message).toMatch(/work_mem|no_such_thing/);
    expect([await show('work_mem'), await started()]).toEqual(['7MB', before]);
  });

  // One of each of the kills of `npm run campaign:database`; that of the controller is a story of its own, alone on the cluster.
  it.each([
    { max_connections: '150', step: 'the first standby goes', victim: 'standby' },
    { max_connections: '90', step: 'the primary goes', victim: 'primary' },
  ] as const)('max_connections becomes $max_connections: a restart of one server after the other, although a $victim is killed when $step', async ({ max_connections, step, victim }) => {
    const change = (): Promise<void> => apply({ parameters: { work_mem: '7MB', max_connections } });
    await underWrites(async () => {
      expect(await reach(ground, { change, recognised: CHANGES.update.steps[step] })).toBe(true);
      expect(await strike(ground, victim)).toBe(true);
      await isDone();
    });
    expect(await show('max_connections')).toBe(max_connections);
  });

  it('a drain of its node takes one server at a time', async () => {
    const pods = ['shop-0', 'shop-1', 'shop-2'];
    // What kubectl drain asks for all pods at once, and again for those that were refused; to drain the node of all stories would drain theirs.
    const evict = async (name: string): Promise<boolean> => {
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } };
      const refused = await kubectl.send(['create', '--raw', `/api/v1/namespaces/${kubectl.namespace}/pods/${name}/eviction`, '-f', '-'], eviction).then(() => undefined, String);
      if (refused !== undefined) expect(refused).toContain('disruption budget');
      return refused === undefined;
    };
    const ready = async (): Promise<string[]> => (await kubectl.list('pod', 'app=database,name=shop')).filter((pod) => isReady(pod)).map(({ metadata }) => metadata.uid);
    await underWrites(async () => {
      const before = await ready();
      await waitFor(kubectl, 'pdb/shop', { what: 'one that lets one go', wanted: ({ status }) => status?.['disruptionsAllowed'] === 1 });
      const answers = await Promise.all(pods.map(evict));
      expect(answers.filter(Boolean)).toHaveLength(1);
      for (const name of pods.filter((_, index) => !answers[index])) await expect.poll(() => evict(name), { timeout: 300_000, interval: 1000 }).toBe(true);
      await expect.poll(async () => (await ready()).filter((uid) => !before.includes(uid)).length, { timeout: 300_000, interval: 1000 }).toBe(3);
      await isDone();
    });
  });

  it('another image runs on the standbys first, one after the other, and on the primary last, although the Job of the check is killed again and again', async () => {
    await tagImage(inject('cluster'), 'docker.io/library/postgres:14', `docker.io/library/${NEXT_IMAGE}`);
    await underWrites(async () => {
      await apply({ parameters: PARAMETERS, image: NEXT_IMAGE });
      // The one that waits for the primary, and those that come after it, each as soon as it is there.
      for (let kill = 0; kill < 3; kill += 1) await expect.poll(() => strike(ground, 'check Job'), { timeout: 300_000, interval: 10 }).toBe(true);
      await isDone();
    });
    const pods = await kubectl.list('pod', 'app=database,name=shop');
    expect(pods.map(({ spec }) => (spec['containers'] as { image: string }[])[0]?.image)).toEqual([NEXT_IMAGE, NEXT_IMAGE, NEXT_IMAGE]);
    const byAge = pods.sort((one, other) => one.metadata.creationTimestamp.localeCompare(other.metadata.creationTimestamp));
    expect(byAge.map(({ metadata }) => metadata.name)).toEqual(['shop-2', 'shop-1', 'shop-0']);
  });

  it('an image that cannot be pulled stops at the first standby; applying the old one goes back', async () => {
    const before = await started();
    await underWrites(async () => {
      await apply({ parameters: PARAMETERS, image: 'postgres:14-nowhere' });
      const stopped = await waitFor(kubectl, 'database/shop', { what: 'ImageNotPulled', wanted: (object) => conditionOf(object, 'Ready')?.reason === 'ImageNotPulled' });
      expect(conditionOf(stopped, 'Ready')?.message).toMatch(/Rolling update: . of 3.*stopped.*earlier specification.*pod shop-2/);
      expect((await started()).slice(0, 2)).toEqual(before.slice(0, 2));
      await apply({ parameters: PARAMETERS, image: NEXT_IMAGE });
      await isDone();
    });
    expect((await started()).slice(0, 2)).toEqual(before.slice(0, 2));
  });
});

describe('A Database of one server, which has nothing to try an update on', () => {
  const kubectl = storyNamespace('update-of-one');

  it('is down with an image that cannot be pulled, says so, and comes back with its data when the old one is applied', async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table item as select 42 as id');
    await kubectl.apply(database('shop', { image: 'postgres:14-nowhere' }));
    const stopped = await waitFor(kubectl, 'database/shop', { what: 'ImageNotPulled', wanted: (object) => conditionOf(object, 'Ready')?.reason === 'ImageNotPulled' });
    expect(conditionOf(stopped, 'Ready')?.message).toMatch(/applying the earlier specification goes back.*pod shop-0/);
    await applyAndWait(kubectl, database('shop'), 'Ready');
    expect(await kubectl.sql('shop', 'shop', 'select id from item')).toBe('42');
  });
});
