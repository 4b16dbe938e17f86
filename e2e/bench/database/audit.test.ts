import { describe, expect, test } from 'vitest';
import { byUser, countsAsWrite, type AuditLine } from './audit.ts';

const line = (verb: string, objectRef?: AuditLine['objectRef'], username = 'kubelet'): AuditLine => ({ verb, user: { username }, ...(objectRef && { objectRef }) });

describe('what counts as a write at the API server', () => {
  test.each<[string, AuditLine, boolean]>([
    ['creating an object', line('create', { resource: 'pods' }), true],
    ['writing a status', line('patch', { resource: 'databases', subresource: 'status' }), true],
    ['binding a pod', line('create', { resource: 'pods', subresource: 'binding' }), true],
    ['deleting', line('delete', { resource: 'pods' }), true],
    ['not reading', line('list', { resource: 'pods' }), false],
    ['not a Lease', line('update', { resource: 'leases' }), false],
    ['not an Event', line('create', { resource: 'events' }), false],
    ['not a review', line('create', { resource: 'tokenreviews' }), false],
    ['not a token', line('create', { resource: 'serviceaccounts', subresource: 'token' }), false],
    ['not the heartbeat of a node', line('patch', { resource: 'nodes', subresource: 'status' }), false],
    ['not a shell in a pod', line('create', { resource: 'pods', subresource: 'exec' }), false],
    ['not a request for no object', line('create'), false],
  ])('%s', (_what, request, counts) => {
    expect(countsAsWrite(request)).toBe(counts);
  });
});

test('who wrote how often, the busiest first', () => {
  expect(byUser([line('create', { resource: 'pods' }, 'one'), line('patch', { resource: 'pods' }, 'two'), line('patch', { resource: 'pods' }, 'two')])).toBe('two 2, one 1');
});
