import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canariesIn, canary, watchProcesses, type Seen } from '../harness/canary.ts';
import { holdTable, waitForBlockedDump } from '../harness/hold.ts';
import { scrape } from '../harness/metrics.ts';
import { settingsSecret, startObjectStore, type ObjectStore } from '../harness/object-store.ts';
import { CONTROLLER_DEPLOYMENT, OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitForPhase, type Manifest } from '../harness/story.ts';

const BUCKET = 'canary';
const [OWNER, SUPERUSER, DUMPER, STANDBY, KEY, WRONG_KEY] = [canary(), canary(), canary(), canary(), canary(), canary()];
const CANARIES = [OWNER, SUPERUSER, DUMPER, STANDBY, KEY, WRONG_KEY];

/** A row that takes four seconds to load from now on, so that pg_restore can be looked at on a busy machine too. */
const CONTENT = `set role app; create table orders as select n as id from generate_series(1, 100) n;
create function takes_its_time(int) returns boolean language sql as 'select true'; create table slow (id int check (takes_its_time(id))); insert into slow values (1);
create or replace function takes_its_time(int) returns boolean language sql as 'select true from pg_sleep(4)'`;

describe('A password or key is seen nowhere but in its Secret', () => {
  const kubectl = storyNamespace('canary');
  let store: ObjectStore;
  let processes: Seen;

  const secret = (name: string, stringData: Record<string, string>): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData });
  const intoBucket = (name: string, keys = 'keys'): Manifest => backup(name, 'shop', { storageLocation: `s3://${BUCKET}`, credentialsRef: { name: keys }, backoffLimit: 0 });
  const reasonOf = async (manifest: Manifest): Promise<string | undefined> => conditionOf(await applyAndWait(kubectl, manifest, 'Failed'), 'Stalled')?.reason;
  const expectNone = (what: string, text: string): void => expect([what, ...canariesIn(text, CANARIES)]).toEqual([what]);

  beforeAll(async () => {
    processes = watchProcesses();
    // What is there is used as it is.
    await kubectl.apply(secret('shop-credentials', { username: 'app', database: 'shop', password: OWNER.secret }));
    await kubectl.apply(secret('shop-internal', { username: 'postgres', password: SUPERUSER.secret, 'backup-username': 'database_operator_backup', 'backup-password': DUMPER.secret, 'replication-password': STANDBY.secret }));
    const starting = startObjectStore(kubectl, { secret: 'keys', buckets: [BUCKET], accessKey: { id: 'canary', secret: KEY.secret } });
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', CONTENT);
    store = await starting;
    await kubectl.apply(settingsSecret('wrong-keys', { ...store.settings, AWS_SECRET_ACCESS_KEY: WRONG_KEY.secret }));
  });
  afterAll(() => processes.stop());

  it('while Backups and Restores succeed and fail, at debug level', async () => {
    const held = await holdTable(kubectl, 'shop', 'orders');
    await kubectl.apply(intoBucket('good'));
    await waitForBlockedDump(kubectl, 'shop');
    await held.release();
    await waitForPhase(kubectl, 'backup/good', 'Completed');
    await applyAndWait(kubectl, restore('good', 'shop', 'good'), 'Completed');
    expect(await reasonOf(intoBucket('wrong-key', 'wrong-keys'))).toBe('StorageDenied');
    await kubectl.sql('shop', 'postgres', `alter role app password 'other'; alter role database_operator_backup password 'other'`);
    expect(await reasonOf(intoBucket('wrong-password'))).toBe('AuthenticationFailed');
    expect(await reasonOf(restore('wrong-password', 'shop', 'good'))).toBe('AuthenticationFailed');
  });

  it('which is where the search finds them, all and each', async () => {
    expect(canariesIn(await kubectl('get', 'secrets', '-o', 'json'), CANARIES)).toHaveLength(CANARIES.length);
  });

  it('not in arguments or environment of any process', () => {
    processes.stop();
    const texts = [...processes.texts];
    for (const name of ['pg_dump', 'pg_restore']) expect(texts.some((text) => text.split('\n')[0]?.endsWith(`/${name}`) === true && text.includes('PGPASSFILE=')), name).toBe(true);
    expect(texts.some((text) => text.includes('RUN_REQUEST=') && text.includes(kubectl.namespace))).toBe(true);
    // The store of the test itself has its key there.
    for (const text of texts.filter((other) => !other.includes('ROOT_SECRET_KEY='))) expectNone(text.slice(0, 80), text);
  });

  it('not in a log', async () => {
    const level = await kubectl('get', 'deployment', '-n', OPERATOR_NAMESPACE, CONTROLLER_DEPLOYMENT, '-o', 'jsonpath={..env[?(@.name=="LOG_LEVEL")].value}');
    expect(level).toBe('debug');
    const runs = await kubectl.list('pods', 'database.example.com/run');
    const logs = await Promise.all([...runs.map(({ metadata }) => metadata.name), 'shop-0', 'object-store'].map((pod) => kubectl('logs', pod, '--all-containers')));
    expect(runs).toHaveLength(5);
    expect(logs.join('\n')).toContain('"table passed"');
    expectNone('logs of pods', logs.join('\n'));
    expectNone('logs of the controller', await kubectl('logs', '-n', OPERATOR_NAMESPACE, '-l', 'control-plane=controller-manager', '--tail=-1'));
  });

  it('not in an object, an Event, the message of a container that has ended, or a metric', async () => {
    const objects = await kubectl('get', 'databases,backups,restores,jobs,pods,statefulsets,configmaps,services,persistentvolumeclaims,events,events.events.k8s.io', '-o', 'json');
    expect(objects).toContain('"terminated"');
    expectNone('objects', objects);
    expectNone('objects of the operator', await kubectl('get', 'pods,deployments,configmaps,leases,events', '-n', OPERATOR_NAMESPACE, '-o', 'json'));
    expectNone('metrics', await scrape(kubectl));
  });

  it('not in what is stored, nor in what the store keeps beside it', async () => {
    for (const { core } of CANARIES) expect(await store.filesWith(core)).toEqual([]);
    const keys = await store.keys(BUCKET);
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      const stored = await store.read(BUCKET, key);
      const text = (key.endsWith('.zst') ? zstdDecompressSync(stored) : stored).toString('latin1');
      expectNone(key, text);
      expect(text).not.toMatch(/SCRAM-SHA-256|PASSWORD '/);
    }
  });
});
