import { describe, expect, test } from 'vitest';
import { grantsOf, requestIn, usedIn } from './grants.ts';

const ACCOUNT = 'system:serviceaccount:operators:controller';
const ALLOWED = { 'authorization.k8s.io/decision': 'allow' };
const line = (event: object): string => JSON.stringify({ verb: 'get', requestURI: '/', requestReceivedTimestamp: '2026-11-23T10:00:00.000000Z', user: { username: ACCOUNT }, objectRef: { apiGroup: 'batch', resource: 'jobs' }, annotations: ALLOWED, ...event });

describe('a line of an audit log shows a right that was used', () => {
  test.each([
    ['by its verb and resource', {}, ['get batch/jobs']],
    ['of the core group', { verb: 'delete', objectRef: { resource: 'pods' } }, ['delete pods']],
    ['on a subresource', { verb: 'patch', objectRef: { apiGroup: 'database.example.com', resource: 'databases', subresource: 'status' }, responseStatus: { code: 200 } }, ['patch database.example.com/databases/status']],
    ['to create as well, where something was applied that was not there', { verb: 'patch', responseStatus: { code: 201 } }, ['patch batch/jobs', 'create batch/jobs']],
    ['even where the object was not there', { responseStatus: { code: 404 } }, ['get batch/jobs']],
  ])('%s', (_what, event, used) => {
    expect(usedIn(line(event), ACCOUNT)).toEqual(used);
  });

  test.each([
    ['another account', line({ user: { username: `${ACCOUNT}-other` } })],
    ['a call that was refused', line({ annotations: { 'authorization.k8s.io/decision': 'forbid' } })],
    ['a path that is no resource', line({ objectRef: undefined })],
    ['a line that is still being written', line({}).slice(0, -5)],
  ])('but not %s', (_what, text) => {
    expect(usedIn(text, ACCOUNT)).toEqual([]);
  });
});

test('rights that were used before are not counted', () => {
  const at = Date.parse('2026-11-23T10:00:00Z');
  expect([usedIn(line({}), ACCOUNT, at), usedIn(line({}), ACCOUNT, at + 1)]).toEqual([['get batch/jobs'], []]);
});

test('a request that was refused is one all the same, with its namespace', () => {
  const asked = line({ verb: 'list', requestURI: '/api/v1/namespaces/mall/pods', objectRef: { resource: 'pods', namespace: 'mall' }, annotations: {} });
  expect(requestIn(asked, ACCOUNT)).toMatchObject({ needs: ['list pods'], namespace: 'mall', path: '/api/v1/namespaces/mall/pods', isAllowed: false });
});

describe('what is granted', () => {
  const rule = { why: '', apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'patch'] };

  test('is each verb on each resource, once, however many rules name it', () => {
    expect(grantsOf([rule, { ...rule, verbs: ['get'] }])).toEqual(['get apps/statefulsets', 'patch apps/statefulsets']);
  });

  test('leaves out what only admission asks for', () => {
    expect(grantsOf([{ ...rule, resources: ['statefulsets/finalizers'], verbs: ['update'] }])).toEqual([]);
  });
});
