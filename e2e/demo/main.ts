// The main job, as a user sees it: a database is backed up, damaged and restored on a real Kubernetes cluster.
import { isDeepStrictEqual } from 'node:util';
import { kubectlFor, type KubeObject, type Kubectl } from '../harness/kubectl.ts';
import { startObjectStore } from '../harness/object-store.ts';
import { ensureOperator } from '../harness/operator.ts';
import { proveTables, type DatabaseProof } from '../harness/table-proof.ts';
import { step } from '../lib/step.ts';
import { compareProofs, textTable } from './report.ts';
import { DAMAGE, SHOP } from './shop.ts';

const NAMESPACE = 'postgres-demo';
const API = 'database.example.com/v1';

const HELP = `usage: npm run demo

Brings up a real Kubernetes cluster on this machine, installs the operator, and lets it back up, and restore after
damage, a PostgreSQL database: to a volume and to a bucket of a real S3 server. Ends with a comparison of every table and a drill; exit code 0 means that all are equal.
The cluster keeps running; "npm run cluster -- down" removes it.`;

const timings: [what: string, seconds: string][] = [];

async function timed<T>(what: string, usually: string, action: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await step(what, { usually }, action);
  } finally {
    timings.push([what, `${((performance.now() - startedAt) / 1000).toFixed(1)} s`]);
  }
}

/** Creates an object and waits until it is in a phase, or fails with what its conditions say. */
async function createAndWait(kubectl: Kubectl, manifest: { kind: string; metadata: { name: string } }, phase: string): Promise<KubeObject> {
  const resource = manifest.kind.toLowerCase();
  const { name } = manifest.metadata;
  await kubectl.apply({ apiVersion: API, ...manifest });
  const waited = await kubectl.attempt('wait', `${resource}/${name}`, `--for=jsonpath={.status.phase}=${phase}`, '--timeout=180s');
  const object = await kubectl.get(resource, name);
  if (waited.exitCode === 0 && object !== undefined) return object;
  throw new Error(`${manifest.kind} ${name} did not become ${phase}: ${JSON.stringify(object?.status ?? 'it has no status')}`);
}

async function freshNamespace(kubectl: Kubectl): Promise<void> {
  await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s');
  await kubectl('create', 'namespace', NAMESPACE);
}

interface Story {
  readonly before: DatabaseProof;
  readonly damaged: DatabaseProof;
  readonly after: DatabaseProof;
  /** Keys in the bucket. */
  readonly objects: readonly string[];
  /** What a drill said of the Backup in the bucket. */
  readonly proof: string;
}

/** Asks for a drill of a Backup, and returns what it found. */
async function drill(kubectl: Kubectl, name: string): Promise<string> {
  await kubectl('annotate', 'backup', name, 'database.example.com/drill=demo');
  await kubectl.attempt('wait', `backup/${name}`, '--for=condition=RestoreProven', '--timeout=120s');
  const found = (await kubectl.get('backup', name))?.status?.conditions?.find(({ type }) => type === 'RestoreProven');
  if (found?.status !== 'True') throw new Error(`the drill of Backup ${name} did not prove it: ${found?.message ?? 'nothing is known of it'}`);
  return found.message;
}

async function story(kubectl: Kubectl): Promise<Story> {
  const prove = (): Promise<DatabaseProof> => proveTables(kubectl, 'shop', 'shop');
  await timed('Creating namespace postgres-demo, without what an earlier demo left', '1 s, 15 s after an earlier demo', () => freshNamespace(kubectl));
  const storage = { secret: 'bucket-keys', buckets: ['backups'] };
  const store = await timed('An S3 server with a CA of its own', '3 s', () => startObjectStore(kubectl, storage));
  const database = { kind: 'Database', metadata: { name: 'shop' }, spec: { image: 'postgres:14', databaseName: 'shop', username: 'app', storage: { size: '1Gi' } } };
  await timed('Database shop: created → Ready', '8 s', () => createAndWait(kubectl, database, 'Ready'));
  await timed('Filling it: 2,000 customers, 200 products, 10,000 orders, 30,000 lines', '2 s', () => kubectl.sql('shop', 'shop', SHOP));
  const before = await prove();
  const databaseRef = { name: 'shop' };
  const toClaim = { kind: 'Backup', metadata: { name: 'shop-monday' }, spec: { databaseRef } };
  await timed('Backup shop-monday to a volume: created → Completed', '4 s', () => createAndWait(kubectl, toClaim, 'Completed'));
  const bucket = { storageLocation: 's3://backups/demo', credentialsRef: { name: storage.secret } };
  const toBucket = { kind: 'Backup', metadata: { name: 'shop-tuesday' }, spec: { databaseRef, ...bucket } };
  await timed('Backup shop-tuesday to a bucket: created → Completed', '4 s', () => createAndWait(kubectl, toBucket, 'Completed'));
  await timed('Damage: orders deleted, prices set to 0, customers changed, a table too many', '1 s', () => kubectl.sql('shop', 'shop', DAMAGE));
  const damaged = await prove();
  const restore = { kind: 'Restore', metadata: { name: 'back-to-tuesday' }, spec: { databaseRef, backupRef: { name: 'shop-tuesday' } } };
  await timed('Restore back-to-tuesday from the bucket: created → Completed', '4 s', () => createAndWait(kubectl, restore, 'Completed'));
  const after = await prove();
  const proof = await timed('Drill of shop-tuesday: restored once more, into a server that is thrown away', '6 s', () => drill(kubectl, 'shop-tuesday'));
  return { before, damaged, after, objects: await store.keys('backups'), proof };
}

async function locations(kubectl: Kubectl): Promise<string> {
  const backups = await kubectl.list('backups');
  return textTable(backups.map(({ metadata, status }) => [metadata.name, String(status?.['backupLocation'])]));
}

async function main(): Promise<number> {
  if (process.argv.length > 2) {
    console.log(HELP);
    return process.argv.includes('--help') || process.argv.includes('-h') ? 0 : 2;
  }
  const startedAt = performance.now();
  const cluster = await ensureOperator();
  timings.push(['Cluster, images, operator', `${((performance.now() - startedAt) / 1000).toFixed(1)} s`]);
  const kubectl = kubectlFor(cluster, NAMESPACE);
  const { before, damaged, after, objects, proof } = await story(kubectl);
  const equal = isDeepStrictEqual(before, after);

  console.log(`\nWhat each table held:\n\n${compareProofs(before, damaged, after)}\n`);
  console.log((await kubectl('get', 'databases,backups,restores')).trimEnd().replaceAll(/^/gm, '  '));
  console.log(`\nWhere the backups are:\n\n${await locations(kubectl)}\n\nWhat the bucket holds:\n\n${objects.map((key) => `  ${key}`).join('\n')}`);
  console.log(`\nWhat the drill found:\n\n  ${proof}`);
  console.log(`\nWhere the time went:\n\n${textTable(timings)}\n`);
  console.log(equal ? '✓ Every table is what it was before the damage.' : '✗ The restore did not bring back what was there before.');
  console.log(`\nThe cluster keeps running. To look around:\n
  export KUBECONFIG=${cluster.kubeconfig}
  kubectl -n ${NAMESPACE} describe backup shop-tuesday
  kubectl -n ${NAMESPACE} exec shop-0 -- psql -U postgres -d shop -c 'select * from revenue order by total desc limit 5'
  kubectl -n postgres-operator-system logs deployment/postgres-operator-controller-manager\n`);
  return equal ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);
