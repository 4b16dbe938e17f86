import { expect, it } from 'vitest';
import { faultFor, operationOf, type Operation } from './rules.ts';

it.each<[string, string, Operation]>([
  ['POST', '/b/a/dump.zst?uploads=', 'CreateMultipartUpload'],
  ['PUT', '/b/a/dump.zst?partNumber=2&uploadId=u', 'UploadPart'],
  ['POST', '/b/a/dump.zst?uploadId=u', 'CompleteMultipartUpload'],
  ['DELETE', '/b/a/dump.zst?uploadId=u', 'AbortMultipartUpload'],
  ['GET', '/b/a/dump.zst?uploadId=u', 'Other'],
  ['PUT', '/b/a/globals.zst?x-id=PutObject', 'PutObject'],
  ['PUT', '/b/a/manifest.json', 'PutManifest'],
  ['GET', '/b/a/dump.zst', 'GetObject'],
  ['GET', '/b/a/manifest.json', 'GetManifest'],
  ['HEAD', '/b/a/manifest.json', 'HeadObject'],
  ['DELETE', '/b/a/dump.zst', 'DeleteObject'],
  ['GET', '/b?uploads=', 'Other'],
  ['GET', '/b/?list-type=2&prefix=a%2F', 'Other'],
  ['PUT', '/b', 'Other'],
])('%s %s is %s', (method, url, operation) => {
  expect(operationOf({ method, url })).toBe(operation);
});

it('a fault comes after so many requests of its kind, and so many times', () => {
  const rules = [{ on: 'UploadPart', fault: 'reset', skip: 2, times: 2 }] as const;
  expect([0, 1, 2, 3, 4].map((count) => faultFor(rules, 'UploadPart', count))).toEqual([undefined, undefined, 'reset', 'reset', undefined]);
  expect(faultFor(rules, 'GetObject', 2)).toBeUndefined();
});
