import { describe, expect, test } from 'vitest';
import { isAlreadyExists, isConflict, isGone, isNamespaceTerminating, isNotFound, KubeError, kubeError } from './errors.ts';

const status = (fields: object): string => JSON.stringify({ kind: 'Status', ...fields });

describe('whatever the API server answers, an error comes out', () => {
  test.each([
    { why: 'a Status', code: 404, body: status({ reason: 'NotFound', message: 'pods "a" not found' }), reason: 'NotFound', message: 'GET /pods/a: pods "a" not found' },
    { why: 'a Status without words', code: 500, body: status({}), reason: 'Http500', message: 'GET /pods/a: HTTP 500' },
    { why: 'a page of a proxy', code: 502, body: '<html>Bad Gateway</html>', reason: 'Http502', message: 'GET /pods/a: HTTP 502' },
    { why: 'nothing', code: 503, body: '', reason: 'Http503', message: 'GET /pods/a: HTTP 503' },
    { why: 'JSON that is no object', code: 500, body: 'null', reason: 'Http500', message: 'GET /pods/a: HTTP 500' },
  ])('from $why', ({ code, body, reason, message }) => {
    expect(kubeError('GET /pods/a', code, body)).toMatchObject({ name: 'KubeError', code, reason, message });
  });
});

describe('when to try again', () => {
  test.each([
    { why: 'is what the Status says', body: status({ details: { retryAfterSeconds: 3 } }), header: '7', ms: 3000 },
    { why: 'is what the header says', body: status({}), header: '7', ms: 7000 },
    { why: 'is unknown when the header holds a date', body: '', header: 'Wed, 21 Oct 2015 07:28:00 GMT', ms: undefined },
    { why: 'is unknown when nobody says', body: '', header: undefined, ms: undefined },
  ])('$why', ({ body, header, ms }) => {
    expect(kubeError('GET /', 429, body, header).retryAfterMs).toBe(ms);
  });
});

describe('kinds of refusals', () => {
  const error = (code: number, reason: string): KubeError => new KubeError({ code, reason, message: '' });
  const forbidden = (causes: object[]): KubeError => kubeError('create secrets', 403, status({ reason: 'Forbidden', details: { causes } }));
  test.each([
    { error: error(404, 'NotFound'), kinds: ['not found'] },
    { error: error(409, 'AlreadyExists'), kinds: ['already exists'] },
    { error: error(409, 'Conflict'), kinds: ['conflict'] },
    { error: error(410, 'Expired'), kinds: ['gone'] },
    { error: error(410, 'Gone'), kinds: ['gone'] },
    { error: forbidden([{ reason: 'NamespaceTerminating', message: 'namespace shop is being terminated', field: 'metadata.namespace' }]), kinds: ['namespace goes'] },
    { error: forbidden([{ message: 'a quota' }]), kinds: [] },
    { error: error(500, 'NotFound'), kinds: [] },
    { error: new Error('404'), kinds: [] },
    { error: { code: 404, reason: 'NotFound' }, kinds: [] },
    { error: undefined, kinds: [] },
  ])('$error is $kinds', ({ error: seen, kinds }) => {
    const all = { 'not found': isNotFound, 'already exists': isAlreadyExists, conflict: isConflict, gone: isGone, 'namespace goes': isNamespaceTerminating };
    expect(Object.entries(all).flatMap(([kind, is]) => (is(seen) ? [kind] : []))).toEqual(kinds);
  });
});
