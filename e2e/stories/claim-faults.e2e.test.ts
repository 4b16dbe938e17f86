import { beforeAll, describe, expect, it } from 'vitest';
import { addNoise } from '../harness/noise.ts';
import { smallDisks } from '../harness/small-disk.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, type Manifest } from '../harness/story.ts';

describe('A claim that cannot take a backup', () => {
  const kubectl = storyNamespace('claim-faults');
  const makeDisk = smallDisks(kubectl);

  const into = (name: string, claim: string): Manifest => backup(name, 'shop', { storageLocation: `pvc://${claim}/nightly`, backoffLimit: 0 });
  /** SHA-256 of every file on a disk, by path. */
  const files = (claim: string): Promise<string> => kubectl('exec', claim, '--', 'bash', '-c', 'cd /disk && find . -type f -exec sha256sum {} + | sort -k 2');
  const failureOf = async (manifest: Manifest): Promise<unknown> => conditionOf(await applyAndWait(kubectl, manifest, 'Failed'), 'Stalled');

  beforeAll(async () => {
    const ready = applyAndWait(kubectl, database('shop'), 'Ready');
    await makeDisk({ claim: 'tiny', size: '8Mi' });
    await makeDisk({ claim: 'sealed', size: '8Mi', readOnly: true });
    await ready;
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 100) n');
    await applyAndWait(kubectl, into('fits', 'tiny'), 'Completed');
  });

  it('because it is full: StorageFull names it, nothing is left, and the earlier backup is as it was', async () => {
    const before = await files('tiny');
    expect(before.trim().split('\n')).toHaveLength(3);
    await addNoise(kubectl, 'shop', 'noise');
    expect(await failureOf(into('too-large', 'tiny'))).toMatchObject({ reason: 'StorageFull', message: expect.stringMatching(/no space left in pvc:\/\/tiny\/nightly\/.*: delete backups or enlarge the claim/) as string });
    expect(await files('tiny')).toBe(before);
    expect((await kubectl('exec', 'tiny', '--', 'find', '/disk', '-name', '*.partial*')).trim()).toBe('');
  });

  it('because it is read-only: StorageFailed names it', async () => {
    expect(await failureOf(into('unwritable', 'sealed'))).toMatchObject({ reason: 'StorageFailed', message: 'pvc://sealed/nightly: the claim is mounted read-only (EROFS)' });
    expect((await files('sealed')).trim()).toBe('');
  });
});
