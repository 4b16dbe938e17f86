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
  await kubectl(['wait', '--for=condition=Established', '--timeout=120s', '-f', CRDS]);
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

  test.concurrent.each(['Database', 'Backup', 'Restore'])('says of a new %s that nobody has looked at it', async (kind) => {
    const { object } = GOOD.find((good) => good.object.kind === kind) ?? {};
    await kubectl(['create', '-f', '-'], { ...object, metadata: { name: 'unseen' } });
    expect((await kubectl(['get', kind, 'unseen', '-o', 'jsonpath={.status}'])).stdout).toBe('{"observedGeneration":-1}');
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
  const condition = (type: string, reason: string, status = 'False'): object => ({ type, status, reason, message: 'the message', lastTransitionTime: '2026-01-02T03:04:05Z' });
  const cases = [
    {
      kind: 'Database',
      name: 'columns-database',
      status: { phase: 'Ready', ready: true, endpoint: 'orders.shop.svc:5432', conditions: [condition('Ready', 'AllChecksPassed')] },
      columns: ['NAME', 'PHASE', 'READY', 'REPLICAS', 'IMAGE', 'REASON', 'AGE'],
      row: /^columns-database +Ready +true +1 +postgres:14 +AllChecksPassed +\S+$/,
      wide: ['SIZE', 'ENDPOINT', 'DEGRADED', 'MESSAGE'],
    },
    {
      kind: 'Backup',
      name: 'columns-backup',
      status: { phase: 'Completed', size: '1.2Gi', duration: '3m12s', backupTime: '2026-01-02T03:04:05Z', progress: { percent: 100, bytes: 900, observedAt: '2026-01-02T03:04:05Z' }, conditions: [condition('BackupReady', 'BackupCompleted', 'True'), condition('Reconciling', 'BackupCompleted'), condition('RestoreProven', 'Restored', 'True')] },
      columns: ['NAME', 'PHASE', 'DATABASE', 'PROGRESS', 'SIZE', 'DURATION', 'SCHEDULE', 'LAST', 'PROVEN', 'REASON', 'AGE'],
      row: /^columns-backup +Completed +orders +100 +1\.2Gi +3m12s +\S+ +True +BackupCompleted +\S+$/,
      wide: ['NEXT', 'ROWS', 'BACKUPS', 'LOCATION', 'MESSAGE'],
    },
    {
      kind: 'Backup',
      name: 'columns-failed',
      status: { phase: 'Failed', conditions: [condition('BackupReady', 'BackupFailed'), condition('Reconciling', 'BackupFailed'), condition('Stalled', 'DumpFailed', 'True')] },
      columns: ['NAME', 'PHASE', 'DATABASE', 'PROGRESS', 'SIZE', 'DURATION', 'SCHEDULE', 'LAST', 'PROVEN', 'REASON', 'AGE'],
      row: /^columns-failed +Failed +orders +DumpFailed +\S+$/,
      wide: ['MESSAGE'],
    },
    {
      kind: 'Restore',
      name: 'columns-restore',
      status: { phase: 'Pending', conditions: [condition('RestoreReady', 'BackupNotFound'), condition('Reconciling', 'BackupNotFound', 'True')] },
      columns: ['NAME', 'PHASE', 'DATABASE', 'BACKUP', 'PROGRESS', 'SIZE', 'DURATION', 'COMPLETED', 'REASON', 'AGE'],
      row: /^columns-restore +Pending +orders +nightly +BackupNotFound +\S+$/,
      wide: ['PREVIOUS', 'MESSAGE'],
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

  test.concurrent.each(['db', 'dbs', 'bak', 'rst', 'restore', 'databases', 'backups', 'restores', 'postgres'])('knows our kinds as %s', async (name) => {
    expect(await kubectl(['get', name])).toMatchObject({ exitCode: 0 });
  });

  test('takes no name of theirs for another kind', async () => {
    const lines = (await kubectl(['api-resources', '--no-headers', '-o', 'wide'])).stdout.trim().split('\n');
    const names = lines.map((line) => line.split(/ {2,}/)).flatMap(([plural = '', short = '']) => [plural, ...(short.includes('/') ? [] : short.split(','))]);
    for (const name of ['db', 'dbs', 'bak', 'rst', 'databases', 'backups', 'restores']) expect([name, names.filter((other) => other === name).length]).toEqual([name, 1]);
  });

  test('explains fields', async () => {
    expect((await kubectl(['explain', 'database.spec.deletionPolicy'])).stdout).toContain('What happens to the data volumes when the Database is deleted.');
  });
});
