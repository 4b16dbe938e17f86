import { beforeAll, describe, expect, it } from 'vitest';
import { sqlIn } from '../harness/servers.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';

/** The names and addresses of a new Service are known to every node a little later. */
const SOON = { timeout: 120_000, interval: 500 };

describe('A Database of two servers that is deleted and created again comes back with its data', () => {
  const kubectl = storyNamespace('recreate');
  const shop = database('shop', { replicas: 2 });
  const password = async (): Promise<string> => Buffer.from(await kubectl('get', 'secret', 'shop-credentials', '-o', 'jsonpath={.data.password}'), 'base64').toString();
  /** Logs in as the application does: with the password in the Secret, through the Service. */
  const login = async (): Promise<string> => {
    const text = await kubectl('exec', '-i', 'shop-0', '-c', 'postgres', '--', 'env', `PGPASSWORD=${await password()}`, 'psql', '-XAt', '-h', 'shop', '-U', 'app', '-d', 'shop', '-c', 'select count(*) from orders');
    return text.trim();
  };
  /** What the standby shows. */
  const onStandby = (): Promise<string> => sqlIn(kubectl, 'shop-1', 'shop', 'select count(*) from orders');
  let firstPassword = '';

  beforeAll(async () => {
    await applyAndWait(kubectl, shop, 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 777) n');
    firstPassword = await password();
    await applyAndWait(kubectl, backup('kept', 'shop'), 'Completed');
  });

  it('deleting it removes servers, Services, configuration and Secrets, and keeps the volumes', async () => {
    await kubectl('delete', 'database', 'shop', '--timeout=240s');
    const left = async (resource: string): Promise<string[]> => (await kubectl.list(resource)).map(({ metadata }) => metadata.name).filter((name) => name.startsWith('shop'));
    for (const resource of ['statefulset', 'service', 'secret']) expect(await left(resource)).toEqual([]);
    expect(await kubectl.list('pod', 'app=database')).toEqual([]);
    // Pods of its checks are garbage then, which is collected a little later.
    await expect.poll(() => left('pod'), SOON).toEqual([]);
    expect((await kubectl.list('pvc')).map(({ metadata }) => metadata.name).sort()).toEqual(['data-shop-0', 'data-shop-1', 'shop-backups']);
  });

  it('created again, it is Ready with its data on both, and the password of the new Secret works', async () => {
    await applyAndWait(kubectl, shop, 'Ready');
    expect(await password()).not.toBe(firstPassword);
    await expect.poll(login, SOON).toBe('777');
    await expect.poll(onStandby, SOON).toBe('777');
  });

  it('its old Backup is still good', async () => {
    await applyAndWait(kubectl, restore('back', 'shop', 'kept'), 'Completed');
    await expect.poll(login, SOON).toBe('777');
  });

  it('deleted and created again without a pause, it comes back as well', async () => {
    await kubectl('delete', 'database', 'shop', '--wait=false');
    await kubectl('wait', 'database/shop', '--for=delete', '--timeout=240s');
    await applyAndWait(kubectl, shop, 'Ready');
    await expect.poll(login, SOON).toBe('777');
  });

  it('a child that somebody deletes or changes comes back', async () => {
    await kubectl('delete', 'service', 'shop');
    await waitFor(kubectl, 'service/shop', { what: 'existing again', wanted: () => true });
    await kubectl('patch', 'service', 'shop', '--type=json', '-p', '[{"op":"replace","path":"/spec/ports/0/port","value":6000}]');
    await waitFor(kubectl, 'service/shop', { what: 'port 5432', wanted: ({ spec }) => JSON.stringify(spec['ports']).includes('"port":5432') });
    await waitForPhase(kubectl, 'database/shop', 'Ready');
  });

  it('a name that belongs to somebody else is left alone, and the Database says so', async () => {
    await kubectl.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'taken' }, spec: { selector: { mine: 'yes' }, ports: [{ port: 80 }] } });
    await kubectl.apply(database('taken'));
    const object = await waitFor(kubectl, 'database/taken', { what: 'NameTaken', wanted: (seen) => conditionOf(seen, 'Ready')?.reason === 'NameTaken' });
    expect(conditionOf(object, 'Ready')?.message).toContain(`Service ${kubectl.namespace}/taken`);
    expect((await kubectl.get('service', 'taken'))?.spec['selector']).toEqual({ mine: 'yes' });
  });

  it('with deletionPolicy Delete the volume goes with the Database', async () => {
    await applyAndWait(kubectl, database('brief', { deletionPolicy: 'Delete' }), 'Ready');
    await kubectl('delete', 'database', 'brief', '--timeout=240s');
    await kubectl('wait', 'pvc/data-brief-0', '--for=delete', '--timeout=240s');
  });
});
