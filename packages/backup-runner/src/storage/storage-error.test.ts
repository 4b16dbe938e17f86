import { describe, expect, it } from 'vitest';
import { storageError } from './storage-error.ts';

const errno = (code: string): Error => Object.assign(new Error(`${code}: words of the system`), { code });

describe('a failed operation on the storage', () => {
  it.each([
    ['ENOSPC', 'StorageFull', false, 'delete backups or enlarge'],
    ['EDQUOT', 'StorageFull', false, 'delete backups or enlarge'],
    ['EACCES', 'StorageFailed', false, 'fsGroup'],
    ['EPERM', 'StorageFailed', false, 'fsGroup'],
    ['EROFS', 'StorageFailed', false, 'read-only'],
    ['EIO', 'StorageFailed', true, 'words of the system'],
  ])('%s is %s (retryable: %s) and says "%s"', (code, reason, retryable, words) => {
    const error = storageError(errno(code), 'pvc://backups/shop');
    expect(error).toMatchObject({ reason, retryable });
    expect(error.message).toContain(words);
    expect(error.message).toContain('pvc://backups/shop');
  });
});
