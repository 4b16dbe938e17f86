import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, anUpgrade, COMPLETED_BACKUP, CONFIG } from '../../../test/fixtures.ts';
import { desiredBackupJob } from '../../backup/desired-run.ts';
import { desiredUpgradeBackup } from './desired-backup.ts';
import { desiredImageLook } from './desired-image-look.ts';
import { desiredUpgradeJob, type UpgradeJob } from './desired-work.ts';

interface Parts {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly spec: { readonly activeDeadlineSeconds: number; readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly { readonly value: string }[]; readonly image: string }[]; readonly volumes: readonly { readonly name: string }[] } } };
}
const requestIn = (job: object): Record<string, unknown> => JSON.parse((job as Parts).spec.template.spec.containers[0]?.env[0]?.value ?? '') as Record<string, unknown>;
const backup = aBackup({ status: COMPLETED_BACKUP });
const made = (job: UpgradeJob, upgrade = anUpgrade()): object => desiredUpgradeJob(aDatabase(), upgrade, { job, config: CONFIG });

describe('runners work on the pod of the primary, because no Service leads there', () => {
  const host = 'orders-0.orders-headless.shop.svc';
  const handover = expect.stringMatching(/^\/var\/lib\/postgresql\/\.upgrade-[0-9a-f]{8}\/handover$/) as string;
  test.each<{ job: UpgradeJob; asks: object }>([
    { job: { work: 'check', extensions: ['plpgsql'], locales: ['C'] }, asks: { command: 'upgradeCheck', toMajor: 15, targetExtensions: ['plpgsql'], targetLocales: ['C'], volumeBytes: 2 ** 30 } },
    { job: { work: 'prepare' }, asks: { command: 'upgradePrepare', handover } },
    { job: { work: 'verify' }, asks: { command: 'upgradeVerify', handover } },
    { job: { work: 'load', backup }, asks: { command: 'upgradeLoad', handover, previousDataDirectory: '/var/lib/postgresql/14/data', source: { type: 'claim', manifestSha256: COMPLETED_BACKUP.manifestSha256 } } },
  ])('$job.work', ({ job, asks }) => {
    expect(requestIn(made(job))).toMatchObject({ ...asks, server: { host, database: 'orders' }, attempt: 1 });
  });

  test('and so does its Backup, with a client of the new major', () => {
    const database = aDatabase({ status: { upgrade: anUpgrade() } });
    const own = aBackup({ metadata: desiredUpgradeBackup(database, anUpgrade()).metadata });
    expect(requestIn(desiredBackupJob(own, database, CONFIG))).toMatchObject({ server: { host }, clientMajor: 15 });
  });

  test('but not that of anybody else', () => {
    const request = requestIn(desiredBackupJob(backup, aDatabase({ status: { upgrade: anUpgrade() } }), CONFIG));
    expect(request).toMatchObject({ server: { host: 'orders.shop.svc' } });
    expect(request).not.toHaveProperty('clientMajor');
  });
});

test('each attempt has a Job of its own, and each upgrade its own Jobs', () => {
  const names = [anUpgrade(), anUpgrade({ attempt: 2 }), anUpgrade({ generation: 2 }), anUpgrade({ request: 'again' })].map((upgrade) => (made({ work: 'prepare' }, upgrade) as Parts).metadata.name);
  expect(new Set(names).size).toBe(4);
});

test('Backups and Restores wait for its Jobs', () => {
  for (const job of [made({ work: 'prepare' }), desiredImageLook(aDatabase(), anUpgrade())]) expect((job as object as Parts).metadata.labels).toMatchObject({ 'database.example.com/run': 'upgrade', 'database.example.com/database': 'orders' });
});

test('the look at the new image is made in that image, without data and without a Secret', () => {
  const { containers, volumes } = (desiredImageLook(aDatabase(), anUpgrade()) as object as Parts).spec.template.spec;
  expect([containers.map(({ image }) => image), volumes.map(({ name }) => name)]).toEqual([['postgres:15'], ['tmp']]);
});
