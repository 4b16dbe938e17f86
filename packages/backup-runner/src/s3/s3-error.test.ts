import { S3ServiceException } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { RunError } from '../errors.ts';
import { isTransient, s3Error } from './s3-error.ts';

const answer = (name: string, httpStatusCode: number): Error => new S3ServiceException({ name, message: 'words', $fault: 'server', $metadata: { httpStatusCode } });
const errno = (code: string): Error => Object.assign(new Error('words'), { code });
const named = (name: string): Error => Object.assign(new Error('words'), { name });

describe('what a store answers', () => {
  it.each<[Error, string, boolean, boolean]>([
    [answer('AccessDenied', 403), 'StorageDenied', false, false],
    [answer('InvalidAccessKeyId', 403), 'StorageDenied', false, false],
    [answer('Unauthorized', 401), 'StorageDenied', false, false],
    [named('CredentialsProviderError'), 'StorageDenied', false, false],
    [answer('NoSuchBucket', 404), 'StorageFailed', false, false],
    [answer('NoSuchUpload', 404), 'StorageFailed', true, false],
    [answer('InvalidPart', 400), 'StorageFailed', true, false],
    [answer('PermanentRedirect', 301), 'StorageFailed', false, false],
    [answer('NotImplemented', 501), 'StorageFailed', false, false],
    [answer('PreconditionFailed', 412), 'StorageFailed', true, false],
    [answer('BadDigest', 400), 'StorageFailed', true, true],
    [answer('QuotaExceeded', 403), 'StorageFull', false, false],
    [answer('InsufficientStorage', 507), 'StorageFull', false, false],
    [answer('SlowDown', 503), 'StorageUnreachable', true, true],
    [answer('InternalError', 500), 'StorageUnreachable', true, true],
    [answer('TooManyRequests', 429), 'StorageUnreachable', true, true],
    [answer('RequestTimeout', 400), 'StorageUnreachable', true, true],
    [errno('ECONNREFUSED'), 'StorageUnreachable', true, true],
    [errno('ECONNRESET'), 'StorageUnreachable', true, true],
    [errno('ENOTFOUND'), 'StorageUnreachable', true, true],
    [named('TimeoutError'), 'StorageUnreachable', true, true],
    [errno('SELF_SIGNED_CERT_IN_CHAIN'), 'StorageUnreachable', false, false],
    [errno('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'StorageUnreachable', false, false],
  ])('%s is %s (another run may work: %s, another try: %s)', (error, reason, retryable, transient) => {
    expect(s3Error(error, 's3://b/p')).toMatchObject({ reason, retryable, message: expect.stringContaining('s3://b/p: words') as string });
    expect(isTransient(error)).toBe(transient);
  });

  it('that is known stays what it is', () => {
    const known = new RunError('BackupCorrupt', 'x');
    expect(s3Error(known, 's3://b/p')).toBe(known);
  });
});
