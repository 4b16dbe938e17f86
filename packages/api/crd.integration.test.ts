// The CustomResourceDefinitions of the chart as a real API server understands them.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureTools, startControlPlane, type ControlPlane } from '../../e2e/cluster/index.ts';
import { run, type RunResult } from '../../e2e/lib/run.ts';
import { BAD, CHANGES, GOOD, type Manifest } from './fixtures/objects.ts';

const CRDS = fileURLToPath(new URL('../../charts/postgres-operator/files/crds', import.meta.url));
const LAB = fileURLToPath(new URL('fixtures/lab', import.meta.url));

let plane: ControlPlane;
let tool: string;

const kubectl = (args: string[], input?: object): Promise<RunResult> =>
  run(tool, ['--kubeconfig', plane.kubeconfig, ...args], { accept: [1], ...(input !== undefined && { input: JSON.stringify(input) }) });

/** Creates an object as a person would, and takes it back. */
const tryToCreate = (object: Manifest): Promise<RunResult> => kubectl(['create', '--validate=strict', '--dry-run=server', '--output=json', '-f', '-'], object);

beforeAll(async () => {
  plane = await startControlPlane({ withControllerManager: false });
  ({ kubectl: tool } = await ensureTools(['kubectl']));
  await kubectl(['apply', '-f', CRDS]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', CRDS]);
});
afterAll(() => plane.stop());

describe('the API server', () => {
  test('has nothing against the schemas', async () => {
    const { stdout } = await kubectl(['get', '-f', CRDS, '-o', 'jsonpath={range .items[*].status.conditions[*]}{.type}={.status} {end}']);
    expect(stdout.trim().split(' ').sort()).toEqual([...Array<string>(3).fill('Established=True'), ...Array<string>(3).fill('NamesAccepted=True')]);
  });

  test.concurrent.each(GOOD)('takes $object.kind with $why', async ({ object }) => {
    expect(await tryToCreate(object)).toMatchObject({ stderr: '', exitCode: 0 });
  });

  test.concurrent.each(BAD)('refuses $why, and says why', async ({ object, says }) => {
    const { stderr, exitCode } = await tryToCreate(object);
    expect(exitCode, stderr).toBe(1);
    for (const part of says) expect(stderr).toContain(part);
  });

  test('fills in the defaults', async () => {
    const { object } = GOOD[0] ?? {};
    const { stdout } = await tryToCreate(object ?? { apiVersion: '', kind: '', metadata: { name: '' }, spec: {} });
    expect(JSON.parse(stdout)).toMatchObject({ spec: { image: 'postgres:14', replicas: 1, deletionPolicy: 'Retain' } });
  });
});

describe('a change', () => {
  test.concurrent.each(CHANGES.map((change, index) => ({ ...change, name: `change-${index}` })))('of $from.kind to $why', async ({ from, to, says, name }) => {
    await kubectl(['create', '-f', '-'], { ...from, metadata: { name } });
    const { stderr, exitCode } = await kubectl(['patch', from.kind, name, '--type=merge', '--patch', JSON.stringify({ spec: to })]);
    expect(exitCode, stderr).toBe(says.length === 0 ? 0 : 1);
    for (const part of says) expect(stderr).toContain(part);
  });

  test('of the status alone goes past the rules of the spec, and not into it', async () => {
    await kubectl(['create', '-f', '-'], { ...GOOD[0]?.object, metadata: { name: 'with-status' } });
    const patch = JSON.stringify({ spec: { replicas: 3 }, status: { phase: 'Ready' } });
    await kubectl(['patch', 'database', 'with-status', '--subresource=status', '--type=merge', '--patch', patch]);
    const { stdout } = await kubectl(['get', 'database', 'with-status', '-o', 'jsonpath={.spec.replicas} {.status.phase} {.metadata.generation}']);
    expect(stdout).toBe('1 Ready 1');
  });
});

describe('the manifests of the course are taken as they stand', () => {
  test.concurrent.each(readdirSync(LAB))('%s', async (file) => {
    expect(await kubectl(['create', '--validate=strict', '--dry-run=server', '-f', `${LAB}/${file}`])).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('kubectl', () => {
  const condition = (type: string, reason: string): object => ({ type, status: 'False', reason, message: 'the message', lastTransitionTime: '2026-01-02T03:04:05Z' });
  const cases = [
    {
      kind: 'Database',
      name: 'columns-database',
      status: { phase: 'Ready', ready: true, endpoint: 'orders.shop.svc:5432', conditions: [condition('Ready', 'AllChecksPassed')] },
      columns: ['NAME', 'PHASE', 'READY', 'REPLICAS', 'IMAGE', 'AGE'],
      row: /^columns-database +Ready +true +1 +postgres:14 +\S+$/,
      wide: ['ENDPOINT', 'MESSAGE'],
    },
    {
      kind: 'Backup',
      name: 'columns-backup',
      status: { phase: 'Failed', bytes: 12, progress: { percent: 40, bytes: 900, observedAt: '2026-01-02T03:04:05Z' }, conditions: [condition('BackupReady', 'BackupFailed')] },
      columns: ['NAME', 'PHASE', 'DATABASE', 'PROGRESS', 'BYTES', 'SCHEDULE', 'COMPLETED', 'REASON', 'AGE'],
      row: /^columns-backup +Failed +orders +40 +12 +BackupFailed +\S+$/,
      wide: ['NEXT', 'BACKUPS', 'LOCATION', 'MESSAGE'],
    },
    {
      kind: 'Restore',
      name: 'columns-restore',
      status: { phase: 'Pending', conditions: [condition('RestoreReady', 'BackupNotFound')] },
      columns: ['NAME', 'PHASE', 'DATABASE', 'BACKUP', 'COMPLETED', 'REASON', 'AGE'],
      row: /^columns-restore +Pending +orders +nightly +BackupNotFound +\S+$/,
      wide: ['MESSAGE'],
    },
  ];

  test.concurrent.each(cases)('prints what a person wants to know of a $kind', async ({ kind, name, status, columns, row, wide }) => {
    const { object } = GOOD.find((good) => good.object.kind === kind) ?? {};
    await kubectl(['create', '-f', '-'], { ...object, metadata: { name } });
    await kubectl(['patch', kind, name, '--subresource=status', '--type=merge', '--patch', JSON.stringify({ status })]);
    const [header = '', line = ''] = (await kubectl(['get', kind, name])).stdout.trim().split('\n');
    expect(header.split(/\s+/)).toEqual(columns);
    expect(line).toMatch(row);
    const [wideHeader = ''] = (await kubectl(['get', kind, name, '-o', 'wide'])).stdout.split('\n');
    expect(wideHeader.split(/\s+/)).toEqual(expect.arrayContaining(wide));
  });

  test.concurrent.each(['db', 'dbs', 'bak', 'restore', 'databases', 'backups', 'restores', 'postgres'])('knows our kinds as %s', async (name) => {
    expect(await kubectl(['get', name])).toMatchObject({ exitCode: 0 });
  });

  test('explains fields', async () => {
    expect((await kubectl(['explain', 'database.spec.deletionPolicy'])).stdout).toContain('What happens to the data volumes when the Database is deleted.');
  });
});
