import { beforeAll, describe, expect, it } from 'vitest';
import { DAMAGE, SHOP } from '../demo/shop.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace } from '../harness/story.ts';
import { filesIn } from '../harness/claim.ts';
import { proveTables, type DatabaseProof } from '../harness/table-proof.ts';

describe('A user backs a database up, damages it and restores it', () => {
  const kubectl = storyNamespace('main-job');
  let before: DatabaseProof;

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', SHOP);
    before = await proveTables(kubectl, 'shop', 'shop');
  });

  it('the Ready Database says where it is and whose password is in which Secret', async () => {
    const { status } = (await kubectl.get('database', 'shop')) ?? {};
    expect(status).toMatchObject({ phase: 'Ready', ready: true, endpoint: `shop.${kubectl.namespace}.svc.cluster.local:5432`, secretName: 'shop-credentials', readyReplicas: 1 });
    const keys = await kubectl('get', 'secret', 'shop-credentials', '-o', 'jsonpath={.data}');
    expect(Object.keys(JSON.parse(keys) as object).sort()).toEqual(['database', 'host', 'password', 'port', 'type', 'uri', 'username']);
  });

  it("its pods carry the labels that the course selects them by", async () => {
    expect(await kubectl.list('pods', 'app=database,name=shop')).toHaveLength(1);
    expect(await kubectl.list('pods', 'app=database,database=shop')).toHaveLength(1);
  });

  it('the Backup is Completed with its location, size, digest and versions, and its files are there under their final names', async () => {
    const { status, metadata } = await applyAndWait(kubectl, backup('monday', 'shop'), 'Completed');
    const folder = `${kubectl.namespace}/shop/monday-${metadata.uid.slice(0, 8)}`;
    expect(status).toMatchObject({ backupLocation: `pvc://shop-backups/${folder}`, serverVersion: expect.stringMatching(/^14/), sha256: expect.stringMatching(/^[0-9a-f]{64}$/), tables: 4, rows: 42_200 });
    expect(status?.['backupTime']).toBeDefined();
    expect(conditionOf({ status } as never, 'BackupReady')).toMatchObject({ status: 'True', reason: 'BackupCompleted' });
    expect(await filesIn(kubectl, 'shop-backups')).toEqual(['dump.pgcustom.zst', 'globals.sql.zst', 'manifest.json'].map((file) => `./${folder}/${file}`));
  });

  it('the Restore brings changed rows back and takes extra rows and tables away', async () => {
    await kubectl.sql('shop', 'shop', DAMAGE);
    expect(await proveTables(kubectl, 'shop', 'shop')).not.toEqual(before);
    const { status } = await applyAndWait(kubectl, restore('undo', 'shop', 'monday'), 'Completed');
    expect(status).toMatchObject({ restoreTime: expect.any(String), tables: 4, rows: 42_200 });
    expect(conditionOf({ status } as never, 'RestoreReady')).toMatchObject({ status: 'True', reason: 'RestoreCompleted' });
    expect(await proveTables(kubectl, 'shop', 'shop')).toEqual(before);
  });

  it('after the Restore the application works on: its role owns the tables and sequences go on', async () => {
    const id = await kubectl.sql('shop', 'shop', "set role app; insert into customers (name, email, since) values ('New', 'new@example.com', current_date) returning id");
    expect(Number(id)).toBe(2001);
  });

  it('what was live before is kept for a day, and nothing else is left on the server', async () => {
    const { status } = (await kubectl.get('restore', 'undo')) ?? {};
    const { name } = status?.['previousDatabase'] as { name: string };
    expect(await kubectl.sql('shop', 'postgres', "select datname from pg_database where datname like 'restore_%' or datname like 'previous_%'")).toBe(name);
  });

  it('kubectl get shows phase, database, size, duration, reason and age in columns', async () => {
    expect(await kubectl('get', 'databases')).toMatch(/NAME\s+PHASE\s+READY\s+REPLICAS\s+IMAGE\s+REASON\s+AGE\nshop\s+Ready\s+true\s+1\s+postgres:14\s+AllChecksPassed/);
    expect(await kubectl('get', 'backups')).toMatch(/NAME\s+PHASE\s+DATABASE\s+PROGRESS\s+SIZE\s+DURATION\s+SCHEDULE\s+LAST\s+PROVEN\s+REASON\s+AGE\nmonday\s+Completed\s+shop\s+100\s+\d+Ki\s+[\dms]+\s+[\dms]+\s+BackupCompleted/);
    expect(await kubectl('get', 'restores')).toMatch(/NAME\s+PHASE\s+DATABASE\s+BACKUP\s+PROGRESS\s+SIZE\s+DURATION\s+COMPLETED\s+REASON\s+AGE\nundo\s+Completed\s+shop\s+monday\s+100\s+\d+Ki\s+[\dms]+\s+[\dms]+\s+RestoreCompleted/);
  });

  it('a finished Backup that is edited runs nothing, and says so', async () => {
    // Of runs: the Database has its checks, and their Jobs go by themselves.
    const jobs = async (): Promise<string[]> => (await kubectl.list('jobs', 'database.example.com/run')).map(({ metadata }) => metadata.name);
    const before = await jobs();
    expect(before).toHaveLength(2);
    await kubectl('patch', 'backup', 'monday', '--type=merge', '-p', '{"spec":{"activeDeadlineSeconds":1234}}');
    await kubectl('wait', 'backup/monday', '--for=condition=SpecChangeIgnored', '--timeout=180s');
    expect(await jobs()).toEqual(before);
    expect((await kubectl.get('backup', 'monday'))?.status?.phase).toBe('Completed');
  });
});
