import { describe, expect, it } from 'vitest';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';

describe('A run that lacks something waits with a reason, and goes on by itself', () => {
  const kubectl = storyNamespace('waiting');

  const waits = async (resource: string, condition: string, reason: string): Promise<void> => {
    const object = await waitFor(kubectl, resource, { what: `reason ${reason}`, wanted: (seen) => conditionOf(seen, condition)?.reason === reason });
    expect(object.status?.phase).toBe('Pending');
  };

  it('a Backup and a Restore of a Database that does not exist are Pending with DatabaseNotFound', async () => {
    await kubectl.apply(backup('early', 'late-db'));
    await kubectl.apply(restore('early', 'late-db', 'early'));
    await waits('backup/early', 'BackupReady', 'DatabaseNotFound');
    await waits('restore/early', 'RestoreReady', 'DatabaseNotFound');
  });

  it('a Backup of a Database that is not Ready is Pending with DatabaseNotReady', async () => {
    await kubectl.apply(database('broken', { image: 'postgres:14-there-is-no-such-image' }));
    await kubectl.apply(backup('of-broken', 'broken'));
    await waits('backup/of-broken', 'BackupReady', 'DatabaseNotReady');
    const object = await waitFor(kubectl, 'database/broken', { what: 'a message of the pod', wanted: (seen) => /ImagePull|ErrImage/.test(conditionOf(seen, 'Ready')?.message ?? '') });
    expect(object.status?.phase).toBe('Deploying');
  });

  it('when the Database appears, the Backup runs, then the Restore that waited for it', async () => {
    await kubectl.apply(database('late-db'));
    await waitForPhase(kubectl, 'backup/early', 'Completed');
    await waitForPhase(kubectl, 'restore/early', 'Completed');
  });

  it('a Restore of a Backup that does not exist is Pending with BackupNotFound, and runs when that is Completed', async () => {
    await kubectl.apply(restore('of-next', 'late-db', 'next'));
    await waits('restore/of-next', 'RestoreReady', 'BackupNotFound');
    await kubectl.apply(backup('next', 'late-db'));
    await waitForPhase(kubectl, 'restore/of-next', 'Completed');
  });

  it('a Restore of a Backup that waits itself is Pending with BackupNotCompleted', async () => {
    await kubectl.apply(restore('of-broken', 'late-db', 'of-broken'));
    await waits('restore/of-broken', 'RestoreReady', 'BackupNotCompleted');
  });

  it('a Restore of a Backup that Failed is Pending with BackupNotCompleted and says that it will not be', async () => {
    await applyAndWait(kubectl, backup('failed', 'late-db', { selection: { tables: ['nothing'] }, backoffLimit: 0 }), 'Failed');
    await kubectl.apply(restore('of-failed', 'late-db', 'failed'));
    await waits('restore/of-failed', 'RestoreReady', 'BackupNotCompleted');
    expect(conditionOf(await kubectl.get('restore', 'of-failed'), 'RestoreReady')?.message).toContain('Backup failed is in phase Failed; it will never be Completed');
  });
});
