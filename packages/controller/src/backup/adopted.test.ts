import { ANNOTATION_PRUNED, findCondition, type Adopted, type Backup, type BackupSpec } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, aRestore, CONFIG, NOW, READY } from '../../test/fixtures.ts';
import { checkRestore } from '../restore/checks.ts';
import { folderOf, observeSource, secretOf } from '../restore/source.ts';
import { takesItsData } from '../retention/marks.ts';
import { formatLocation } from '../run/location.ts';
import { decideAdopted, isToBeAdopted } from './adopted.ts';
import { newestGood, standingOf } from './standing.ts';

const now = Date.parse(NOW);
const ADOPTED: Adopted = { path: 'shop/orders/old-0a1b2c3d', manifestSha256: 'c'.repeat(64), finishedAt: '2026-01-01T01:02:03.456Z', bytes: 4096, plainBytes: 8192, tables: 3, rows: 7, serverVersion: '14.19' };
const found = (spec: Partial<BackupSpec> = {}, adopted = ADOPTED): Backup => aBackup({ spec: { storageLocation: 's3://backups/prod', credentialsRef: { name: 'keys' }, adopted, ...spec } });
const settled = (backup: Backup): Backup => ({ ...backup, status: decideAdopted(backup, backup.spec.adopted ?? ADOPTED, { config: CONFIG, now }).status ?? {} });

describe('a Backup that a scan found', () => {
  test('is Completed at once, with what its manifest says, and of the time of that', () => {
    const { effects, status } = decideAdopted(found(), ADOPTED, { config: CONFIG, now });
    expect(effects).toEqual([]);
    expect(status).toMatchObject({ phase: 'Completed', backupTime: '2026-01-01T01:02:03Z', completedAt: '2026-01-01T01:02:03Z', backupLocation: 's3://backups/prod/shop/orders/old-0a1b2c3d', bytes: 4096, size: '4Ki', plainBytes: 8192, tables: 3, rows: 7, manifestSha256: ADOPTED.manifestSha256, serverVersion: '14.19', observedGeneration: 1 });
    expect(findCondition(status?.conditions, 'BackupReady')).toMatchObject({ status: 'True', reason: 'BackupCompleted', message: '4096 bytes (7 rows of 3 tables) were found in s3://backups/prod/shop/orders/old-0a1b2c3d' });
  });

  test('is looked at once', () => {
    expect(isToBeAdopted(found())).toBe(true);
    expect(isToBeAdopted(settled(found()))).toBe(false);
    expect(isToBeAdopted(aBackup())).toBe(false);
  });

  test('counts as good, by its own time', () => {
    const younger = aBackup({ metadata: { name: 'younger' }, status: { phase: 'Completed', backupTime: NOW } });
    expect(standingOf(settled(found()))).toBe('good');
    expect(newestGood([settled(found()), younger])).toBe(younger);
  });

  test('can be restored like any other, with the keys of whoever found it', () => {
    const backup = settled(found());
    const source = observeSource({ backups: { get: () => backup, list: () => [backup] }, restores: { get: () => undefined } }, aRestore());
    expect(checkRestore(aRestore(), aDatabase({ status: READY }), source)).toBeUndefined();
    const folder = folderOf(source);
    expect([folder && formatLocation(folder), secretOf(source, CONFIG)]).toEqual(['s3://backups/prod/shop/orders/old-0a1b2c3d', 'keys']);
  });

  test('that is a part of a database takes the place of none', () => {
    const backup = settled(found({ selection: {} }, { ...ADOPTED, partial: true }));
    const source = observeSource({ backups: { get: () => backup, list: () => [backup] }, restores: { get: () => undefined } }, aRestore());
    expect(checkRestore(aRestore(), aDatabase({ status: READY }), source)?.reason).toBe('BackupPartial');
  });

  test.each<[string, Backup]>([
    ['by itself', found()],
    ['whatever is asked for', found({ deletionPolicy: 'Delete' })],
    ['whatever it is annotated with', { ...found(), metadata: { ...found().metadata, annotations: { [ANNOTATION_PRUNED]: 'true' } } }],
  ])('takes no data with it when it goes, %s', (_, backup) => expect(takesItsData(backup)).toBe(false));

  test('is Failed when what it says cannot be', () => {
    const { status } = decideAdopted(found({}, { ...ADOPTED, path: '../../x' }), { ...ADOPTED, path: '../../x' }, { config: CONFIG, now });
    expect(status?.phase).toBe('Failed');
    expect(findCondition(status?.conditions, 'Stalled')).toMatchObject({ reason: 'InvalidSpec', message: expect.stringContaining('spec.adopted.path') as string });
  });
});
