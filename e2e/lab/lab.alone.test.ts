// Lab 8.3 from its first kubectl command to its last, typed as printed, in namespace default; and that the data are right, of which the lab sees nothing.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DAMAGE, SHOP } from '../demo/shop.ts';
import { shellFor } from '../documents/shell.ts';
import { walkThrough } from '../documents/walk.ts';
import { emptyDefault } from '../harness/default-namespace.ts';
import { keepEvidence } from '../harness/evidence.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import { OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { sqlIn } from '../harness/servers.ts';
import { conditionOf, waitFor } from '../harness/story.ts';
import { proveTables, type DatabaseProof } from '../harness/table-proof.ts';
import { labCommands } from './lab.ts';

/** The owner that the lab's databases have. */
const byAdmin = (sql: string): string => sql.replaceAll('set role app', 'set role admin');

describe('Lab 8.3, typed word for word', () => {
  const cluster = inject('cluster');
  const kubectl = kubectlFor(cluster, 'default');
  const shell = shellFor(cluster);
  const lab = walkThrough(labCommands(), shell);
  const prove = (database: string, dbname: string): Promise<DatabaseProof> => proveTables(kubectl, database, dbname);
  const fill = async (database: string, dbname: string): Promise<DatabaseProof> => {
    await kubectl.sql(database, dbname, byAdmin(SHOP));
    return prove(database, dbname);
  };
  /** A Deployment is rolled out before the last of its old pods is gone, and kubectl logs ends with an error where that goes just then. */
  const oldPodsAreGone = (): Promise<void> =>
    expect.poll(() => kubectl('get', 'pods', '-n', OPERATOR_NAMESPACE, '-l', 'control-plane=controller-manager', '-o', 'name'), { timeout: 180_000, interval: 500 }).toMatch(/^(pod\/\S+\n){2}$/);
  let testDb: DatabaseProof;

  keepEvidence(kubectl);
  beforeAll(() => emptyDefault(kubectl));
  afterAll(() => emptyDefault(kubectl));

  it('Task 1.4: the operator runs, and a Backup gets its location', async () => {
    const task = lab.section('Task 1.4');
    expect(await task.upTo('Verify operator is running')).toMatch(/postgres-operator-controller-manager-\S+ +1\/1 +Running/);
    await oldPodsAreGone();
    await task.watch('Check logs', { until: /Became leader/, seconds: 180 });
    await task.upTo('Wait for Database to be ready');
    testDb = await fill('test-db', 'testdb');
    await task.watch('Watch Backup status', { until: /Completed/, seconds: 240 });
    await task.rest();
    expect(task.said('Verify backup location is set')).toMatch(/^pvc:\/\/test-db-backups\/default\/test-db\/test-backup-/);
    expect(task.said('Check operator logs for backup activity')).toMatch(/test-backup.*BackupCompleted/);
    expect(task.said('Check Backup conditions')).toMatch(/"status":"True","type":"BackupReady"/);
  });

  it('Task 2.6: the CRD of Restores is there', async () => {
    await lab.section('Task 2.6').rest();
  });

  it('Task 2.7: a Restore brings back what was backed up, and one of nothing stays Pending', async () => {
    const task = lab.section('Task 2.7');
    await task.upTo('Verify operator is running');
    await oldPodsAreGone();
    await task.watch('Check logs', { until: /Became leader/, seconds: 180 });
    await task.upTo('Wait for Database to be ready');
    const before = await fill('restore-test-db', 'restoredb');
    await task.upTo('Verify backup location exists');
    await kubectl.sql('restore-test-db', 'restoredb', byAdmin(DAMAGE));
    await task.watch('Watch Restore status', { until: /Completed/, seconds: 240 });
    expect(await prove('restore-test-db', 'restoredb')).toEqual(before);
    await task.upTo('Verify restore time is set');
    expect(task.said('Verify restore completed successfully')).toBe('Completed');
    expect(task.said('Check operator logs for restore activity')).toMatch(/test-restore.*RestoreCompleted/);
    expect(task.said('Check Restore conditions')).toMatch(/"status":"True","type":"RestoreReady"/);
    expect(task.said('Verify restore time is set')).toMatch(/^\d{4}-\d\d-\d\dT/);
    for (const what of ['non-existent-db', 'non-existent-backup']) {
      const watched = await task.watch('Watch status - should stay in Pending', { until: /Pending/, seconds: 120, longer: 4 });
      expect(watched).not.toMatch(/InProgress|Completed|Failed/);
      expect(watched).toContain(what);
    }
    await task.rest();
  });

  it('Task 3.2: two servers go from PostgreSQL 14 to 15 with their rows', async () => {
    const task = lab.section('Task 3.2');
    await task.upTo('Wait for Database to be ready');
    const rows = await fill('rolling-update-test', 'testdb');
    expect(await task.upTo('Check current image version')).toBe('postgres:14');
    await task.watch('Watch StatefulSet update', { until: / [01]\/\d[^]* 2\/2/, seconds: 300 });
    await task.watch('Watch pods during rolling update', { until: /-0 +1\/1 +Running[^]*-1 +1\/1 +Running/, seconds: 240 });
    await kubectl('wait', 'database/rolling-update-test', '--for=condition=Ready', '--timeout=240s');
    await task.rest();
    expect(task.said('Verify all pods are updated')).toBe('2/2');
    expect(task.said('Verify new image version')).toBe('postgres:15');
    expect(task.said('Check operator logs for rolling update activity')).toMatch(/rolling-update-test/);
    expect(task.said('Verify all replicas are ready')).toBe('2/2');
    expect(task.said('Verify pods are running with new image')).toBe('rolling-update-test-0\tpostgres:15\nrolling-update-test-1\tpostgres:15');
    expect(await kubectl.sql('rolling-update-test', 'testdb', 'show server_version_num')).toMatch(/^15/);
    expect(await prove('rolling-update-test', 'testdb')).toEqual(rows);
  });

  it('Task 4.3: three servers are Verifying before they are Ready, and are scaled down and up with the same rows on each', async () => {
    const task = lab.section('Task 4.3');
    // Whoever watches until it is Ready waits for Verifying in vain after that; the lab knows (|| true).
    await task.watch('Watch Database status transitions', { until: /Deploying/, seconds: 180 });
    expect(await task.upTo('Wait for Database to reach Verifying phase')).toMatch(/condition met/);
    await task.upTo('Wait for Database to be Ready (consistency checks should pass)');
    const rows = await fill('consistency-test', 'testdb');
    await task.upTo('Check operator logs for consistency check activity');
    expect(task.said('Verify all replicas are ready')).toBe('3/3');
    expect(task.said('Verify pods are running').match(/consistency-test-\d +1\/1 +Running/g)).toHaveLength(3);
    expect(task.said('Check operator logs for consistency check activity')).toMatch(/consistency-test.*All replicas ready/);
    await task.watch('Watch Database status during consistency checks', { until: /Verifying[^]*Ready/, seconds: 300 });
    expect(await task.upTo('Check logs for consistency check retries')).toMatch(/consistency-test/);
    await task.rest();
    expect(await prove('consistency-test', 'testdb')).toEqual(rows);
    const sum = 'select md5(string_agg(o::text, chr(10) order by id)) from orders o';
    const onPrimary = await kubectl.sql('consistency-test', 'testdb', sum);
    for (const pod of ['consistency-test-1', 'consistency-test-2']) await expect.poll(() => sqlIn(kubectl, pod, 'testdb', sum), { timeout: 120_000 }).toBe(onPrimary);
  });

  it('Task 5.1: the operator is restarted once more', async () => {
    await lab.section('Task 5.1').rest();
  });

  it('Task 5.2: what is there already stays as it is', async () => {
    const task = lab.section('Task 5.2');
    await task.rest();
    expect(task.said('Create Database')).toBe('database.database.example.com/test-db unchanged');
    expect(task.said('Check Backup status')).toMatch(/test-backup +Completed/);
    expect(await prove('test-db', 'testdb')).toEqual(testDb);
  });

  // Exercise 2 has left a Restore of this name: the lab does not delete it before it uses it for another Database.
  it('Task 5.3: a Restore that has ended is changed, runs nothing and says so', async () => {
    const task = lab.section('Task 5.3');
    await task.rest();
    const changed = await waitFor(kubectl, 'restore/test-restore', { what: 'SpecChangeIgnored', wanted: (object) => conditionOf(object, 'SpecChangeIgnored')?.status === 'True' });
    expect(conditionOf(changed, 'SpecChangeIgnored')?.message).toContain('Create a new Restore');
  });

  it('Task 5.4: all is listed', async () => {
    const task = lab.section('Task 5.4');
    await task.rest();
    for (const name of ['test-db', 'test-backup', 'test-restore']) expect(task.said('Check all resources')).toMatch(new RegExp(`^${name} `, 'm'));
    expect(task.said('Check operator logs')).toMatch(/Restore was changed after it ran.*test-restore/);
  });

  it('Cleanup: all three can be deleted, and no command of the lab was left out', async () => {
    await lab.section('Cleanup').rest();
    expect(lab.left()).toEqual([]);
  });

  it('Exercise 5 once more, by a reader who starts there: the Restore brings the rows back', async () => {
    const again = walkThrough(labCommands().filter(({ section }) => /^(Task 5\.[1234]|Cleanup)$/.test(section)), shell);
    await again.section('Task 5.1').rest();
    const creating = again.section('Task 5.2');
    await creating.upTo('Wait for Database to be ready');
    expect(await prove('test-db', 'testdb')).toEqual(testDb);
    await creating.rest();
    const restoring = again.section('Task 5.3');
    await restoring.upTo('Wait for Backup to complete');
    await kubectl.sql('test-db', 'testdb', byAdmin(DAMAGE));
    await restoring.upTo('Create Restore');
    await kubectl('wait', 'restore/test-restore', '--for=jsonpath={.status.phase}=Completed', '--timeout=240s');
    expect(await prove('test-db', 'testdb')).toEqual(testDb);
    await restoring.rest();
    await again.section('Task 5.4').rest();
    await again.section('Cleanup').rest();
    expect(again.left()).toEqual([]);
  });
});
