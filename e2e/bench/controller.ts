// npm run bench:controller: memory (P7), rate (P8) and start-up (P14) of the controller against a real API server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build as bundle } from 'esbuild';
import { build, BUNDLE_TARGETS } from '../../scripts/build.ts';
import { startControlPlane, ensureTools, type ControlPlane } from '../cluster/index.ts';
import { run } from '../lib/run.ts';
import { connect } from '../../packages/controller/src/kube/connection.ts';
import { KubeClient } from '../../packages/controller/src/kube/client.ts';
import { RESOURCES } from '../../packages/controller/src/kube/resources.ts';
import { showFigures, type Figure } from './figures.ts';
import { inParallel, range } from './in-parallel.ts';
import { DUMP_RESULT, playControllers } from './played-controllers.ts';
import { ProcessUnderTest } from './process-under-test.ts';

const USAGE = `usage: npm run bench:controller [-- --json FILE] [--idle-minutes N] [--only memory|rate]

Measures the bundled controller against a real API server and etcd on this machine: about 15 minutes, 10 of them idle.`;
const API_VERSION = 'database.example.com/v1';
const NAMESPACE = 'default';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNS = 1000;
const { signal } = new AbortController();

interface Bench {
  readonly plane: ControlPlane;
  readonly kube: KubeClient;
  readonly informer: string;
}

const startController = ({ plane }: Bench): ProcessUnderTest =>
  new ProcessUnderTest(join(ROOT, 'dist/controller/main.cjs'), {
    KUBECONFIG: plane.kubeconfig,
    RUNNER_IMAGE: 'runner',
    POD_NAMESPACE: NAMESPACE,
    METRICS_PORT: '18091',
    HEALTH_PORT: '18092',
  });

/** Resident memory once it holds everything and has been at rest for half a minute: the median of ten looks. */
async function settledMemory(subject: ProcessUnderTest, ready: RegExp): Promise<number> {
  await subject.line(ready);
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  const looks: number[] = [];
  while (looks.length < 10) {
    looks.push(subject.residentMegabytes);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return looks.sort((one, other) => one - other)[5] ?? Number.NaN;
}

async function memoryOf(make: () => ProcessUnderTest, ready: RegExp): Promise<number> {
  const subject = make();
  try {
    return await settledMemory(subject, ready);
  } finally {
    await subject.stop();
  }
}

const controllerMemory = (bench: Bench): Promise<number> => memoryOf(() => startController(bench), /Operator started/);
const informerMemory = ({ plane, informer }: Bench): Promise<number> => memoryOf(() => new ProcessUnderTest(informer, { KUBECONFIG: plane.kubeconfig }), /synced/);

/** Backups that ended long ago, as a cluster collects them. */
async function createFinishedBackups({ kube }: Bench, from: number, to: number): Promise<void> {
  const status = { phase: 'Completed', backupLocation: DUMP_RESULT.location, backupTime: DUMP_RESULT.finishedAt, bytes: 1, sha256: DUMP_RESULT.sha256, manifestSha256: DUMP_RESULT.sha256, observedGeneration: 1, jobName: 'job', jobUID: 'uid' };
  const message = 'The backup is stored under its final name and was read back';
  const conditions = ['BackupReady', 'Reconciling'].map((type) => ({ type, status: 'True', reason: 'BackupCompleted', message, lastTransitionTime: DUMP_RESULT.finishedAt, observedGeneration: 1 }));
  await inParallel(range(to - from), 20, async (index) => {
    const metadata = { name: `old-${from + index}`, namespace: 'finished' };
    await kube.create(RESOURCES.backups, { ...{ spec: { databaseRef: { name: 'gone' } } }, apiVersion: API_VERSION, kind: 'Backup', metadata }, signal);
    await kube.apply(RESOURCES.backups, { ...{ status: { ...status, conditions } }, apiVersion: API_VERSION, kind: 'Backup', metadata }, { subresource: 'status', force: true }, signal);
  });
}

async function createSecrets({ kube }: Bench, count: number, bytes: number): Promise<void> {
  const data = { blob: 'A'.repeat(bytes) };
  await inParallel(range(count), 8, async (index) => {
    await kube.create(RESOURCES.secrets, { ...{ data }, apiVersion: 'v1', kind: 'Secret', metadata: { name: `foreign-${bytes}-${index}`, namespace: 'foreign' } }, signal);
  });
}

/** Seconds from the start of the process to its first reconcile that wrote something; the median of five. */
async function startUp(bench: Bench, prefix: string): Promise<number> {
  const seconds: number[] = [];
  for (const index of range(5)) {
    await bench.kube.create(RESOURCES.backups, { ...{ spec: { databaseRef: { name: 'missing' } } }, apiVersion: API_VERSION, kind: 'Backup', metadata: { name: `${prefix}-${index}`, namespace: NAMESPACE } }, signal);
    const subject = startController(bench);
    const at = await subject.line(new RegExp(`"Backup Pending".*"${prefix}-${index}"`));
    seconds.push((at - subject.startedAt) / 1000);
    await subject.stop();
  }
  return seconds.sort((one, other) => one - other)[2] ?? Number.NaN;
}

/** Writes of the controller so far, by its own metrics. PUT aside: it is the Lease that is renewed every 2 s, and nothing else. */
async function writesSoFar(): Promise<number> {
  const text = await (await fetch('http://127.0.0.1:18091/metrics')).text();
  const counts = [...text.matchAll(/^database_operator_api_calls_total\{method="(POST|PATCH|DELETE)",[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, , count]) => sum + Number(count), 0);
}

const eventCount = async ({ kube }: Bench): Promise<number> => (await kube.list(RESOURCES.events, {}, signal)).items.length;

async function waitUntil(what: string, holds: () => Promise<boolean>, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not ${what} within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** 1,000 Backups at once, one for each of 1,000 Databases, with everything around the operator played. */
async function rate(bench: Bench, idleMinutes: number): Promise<Figure[]> {
  const { kube } = bench;
  const subject = startController(bench);
  const played = playControllers(kube);
  await subject.line(/Operator started/);
  console.error(`▸ Creating ${RUNS} Databases`);
  await inParallel(range(RUNS), 20, async (index) => {
    const spec = { image: 'postgres:14', databaseName: 'shop', username: 'app', storage: { size: '1Gi' } };
    await kube.create(RESOURCES.databases, { ...{ spec }, apiVersion: API_VERSION, kind: 'Database', metadata: { name: `db-${index}`, namespace: NAMESPACE } }, signal);
  });
  const readyDatabases = async (): Promise<boolean> => (await kube.list(RESOURCES.databases, {}, signal)).items.filter(({ status }) => status?.phase === 'Ready').length === RUNS;
  await waitUntil('all Databases Ready', readyDatabases, 300);

  console.error(`▸ ${RUNS} Backups at once`);
  const completed = new Map<string, number>();
  const stop = new AbortController();
  const { resourceVersion } = await kube.list(RESOURCES.backups, {}, signal);
  const watching = (async () => {
    let from = resourceVersion;
    while (completed.size < RUNS) {
      for await (const { type, object } of kube.watch(RESOURCES.backups, { labelSelector: undefined, resourceVersion: from }, stop.signal)) {
        from = object.metadata.resourceVersion;
        if (type === 'MODIFIED' && object.status?.phase === 'Completed' && !completed.has(object.metadata.name)) completed.set(object.metadata.name, performance.now());
        if (completed.size === RUNS) return;
      }
    }
  })();
  const before = { writes: await writesSoFar(), events: await eventCount(bench) };
  const startedAt = performance.now();
  await inParallel(range(RUNS), 40, async (index) => {
    await kube.create(RESOURCES.backups, { ...{ spec: { databaseRef: { name: `db-${index}` }, storageLocation: 'pvc://backups' } }, apiVersion: API_VERSION, kind: 'Backup', metadata: { name: `run-${index}`, namespace: NAMESPACE } }, signal);
  });
  await watching;
  const seconds = (performance.now() - startedAt) / 1000;
  const delays = [...completed].map(([name, at]) => (at - (played.podEnded.get(name) ?? at)) / 1000).sort((one, other) => one - other);
  const writes = (await writesSoFar()) - before.writes - ((await eventCount(bench)) - before.events);

  console.error(`▸ Idle for ${idleMinutes} minutes`);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const idleFrom = await writesSoFar();
  await new Promise((resolve) => setTimeout(resolve, idleMinutes * 60_000));
  const idleWrites = (await writesSoFar()) - idleFrom;
  played.stop();
  await subject.stop();
  return [
    { id: 'P8', what: `${RUNS} Backups created at once until all are Completed`, value: seconds, unit: 's', goal: '<=20' },
    { id: 'P8-writes', what: 'writes for each Backup, Events aside (at least 3: Job, InProgress, Completed)', value: writes / RUNS, unit: 'writes', goal: '<=4' },
    { id: 'P8-p99', what: 'end of the pod until the status says Completed, 99th percentile', value: delays[Math.floor(RUNS * 0.99)] ?? Number.NaN, unit: 's', goal: '<=1' },
    { id: 'P8-idle', what: `writes in ${idleMinutes} idle minutes`, value: idleWrites, unit: 'writes', goal: '=0' },
  ];
}

async function memory(bench: Bench): Promise<Figure[]> {
  console.error('▸ Memory and start-up with nothing, 1,000 and 10,000 Backups, and with foreign Secrets');
  const empty = await controllerMemory(bench);
  const emptyInformer = await informerMemory(bench);
  const start = await startUp(bench, 'early');
  await createSecrets(bench, 3000, 20_000);
  const startWithSecrets = await startUp(bench, 'late');
  await createFinishedBackups(bench, 0, 1000);
  const thousand = await controllerMemory(bench);
  await createFinishedBackups(bench, 1000, 10_000);
  const tenThousand = await controllerMemory(bench);
  const tenThousandInformer = await informerMemory(bench);
  await createSecrets(bench, 5000, 100_000);
  const withSecrets = await controllerMemory(bench);
  return [
    { id: 'P7', what: 'resident memory, no Backups', value: empty, unit: 'MB', goal: '<=75' },
    { id: 'P7-informer-0', what: "a bare process with client-node's informer, no Backups", value: emptyInformer, unit: 'MB', goal: '' },
    { id: 'P7-1000', what: 'resident memory, 1,000 Backups', value: thousand, unit: 'MB', goal: '<=100' },
    { id: 'P7-10000', what: 'resident memory, 10,000 Backups', value: tenThousand, unit: 'MB', goal: '<=100' },
    { id: 'P7-informer-10000', what: "a bare process with client-node's informer, 10,000 Backups", value: tenThousandInformer, unit: 'MB', goal: '' },
    { id: 'P7-secrets', what: 'what 5,000 foreign Secrets of 100 KB add to it', value: withSecrets - tenThousand, unit: 'MB', goal: '<=5' },
    { id: 'P14', what: 'process start until the first reconcile has written', value: start, unit: 's', goal: '<=0.5' },
    { id: 'P14-secrets', what: 'the same with 3,000 foreign Secrets of 20 KB', value: startWithSecrets, unit: 's', goal: '<=0.5' },
  ];
}

async function withBench<T>(measure: (bench: Bench) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-controller-'));
  const informer = join(folder, 'informer.mjs');
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await bundle({ entryPoints: [fileURLToPath(new URL('bare-informer.ts', import.meta.url))], outfile: informer, bundle: true, platform: 'node', format: 'esm', minify: true, banner, logLevel: 'warning' });
  const plane = await startControlPlane({ withControllerManager: false });
  try {
    process.env['KUBECONFIG'] = plane.kubeconfig;
    const kube = new KubeClient(connect());
    const { kubectl } = await ensureTools(['kubectl']);
    await run(kubectl, ['--kubeconfig', plane.kubeconfig, 'apply', '-f', join(ROOT, 'charts/postgres-operator/files/crds')]);
    await run(kubectl, ['--kubeconfig', plane.kubeconfig, 'wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    for (const namespace of ['finished', 'foreign']) await run(kubectl, ['--kubeconfig', plane.kubeconfig, 'create', 'namespace', namespace]);
    // Without the controller-manager nobody else makes the account that pods are created under.
    await run(kubectl, ['--kubeconfig', plane.kubeconfig, 'create', 'serviceaccount', 'default']);
    return await measure({ plane, kube, informer });
  } finally {
    await plane.stop();
    rmSync(folder, { recursive: true });
  }
}

const { values } = parseArgs({ options: { json: { type: 'string' }, 'idle-minutes': { type: 'string', default: '10' }, only: { type: 'string' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(USAGE);
} else {
  await build(BUNDLE_TARGETS.filter(({ name }) => name === 'controller'));
  const memoryFigures = values.only === 'rate' ? [] : await withBench(memory);
  const rateFigures = values.only === 'memory' ? [] : await withBench((bench) => rate(bench, Number(values['idle-minutes'])));
  showFigures([...memoryFigures, ...rateFigures], values.json);
  // The watches of this process would keep it alive.
  process.exit(0);
}
