import { describe, expect, test } from 'vitest';
import { jobsCreated, leadsSince, worksIn, writesAfter, type Write } from './journal.ts';

const write = (fields: Partial<Write>): Write => ({ from: 'a', method: 'PATCH', path: '/apis/database.example.com/v1/namespaces/shop/backups/x/status', body: {}, receivedAt: 10, forwardedAt: 11, answeredAt: 12, status: 200, ...fields });
const lease = (holder: string | undefined, fields: Partial<Write> = {}): Write =>
  write({ method: 'PUT', path: '/apis/coordination.k8s.io/v1/namespaces/system/leases/operator', body: { spec: holder === undefined ? {} : { holderIdentity: holder } }, ...fields });
const job = (uid: string, fields: Partial<Write> = {}): Write =>
  write({ method: 'POST', path: '/apis/batch/v1/namespaces/shop/jobs?fieldManager=x', body: { metadata: { ownerReferences: [{ uid }] } }, status: 201, ...fields });

const unanswered: Write = { from: 'a', method: 'PATCH', path: write({}).path, body: {}, receivedAt: 10, forwardedAt: 16 };

describe('work in a namespace', () => {
  test.each([
    ['is a status there', write({}), true],
    ['is not one elsewhere', write({ path: '/apis/database.example.com/v1/namespaces/shop-2/backups/x/status' }), false],
    ['is not the Lease, even if that is there', lease('a', { path: '/apis/coordination.k8s.io/v1/namespaces/shop/leases/operator' }), false],
  ])('%s', (_name, one, expected) => {
    expect(worksIn('shop')(one)).toBe(expected);
  });
});

describe('a controller leads', () => {
  test.each([
    ['from the answer to the write that named it', [lease('a'), lease('b', { from: 'b', answeredAt: 20 }), lease('b', { from: 'b', answeredAt: 30 })], 20],
    ['not by a write that was refused', [lease('b', { from: 'b', status: 409 })], undefined],
    ['not by its release', [lease(undefined, { from: 'b' })], undefined],
    ['not by the lease of another one', [lease('a')], undefined],
  ])('%s', (_name, writes, expected) => {
    expect(leadsSince(writes, 'b')).toBe(expected);
  });
});

describe('a write of a former leader', () => {
  test.each([
    ['counts when it went on after the other one came to lead', write({ forwardedAt: 16 }), 1],
    ['counts by when it went on, not by when it was received', write({ receivedAt: 10, forwardedAt: 16 }), 1],
    ['does not count before', write({ forwardedAt: 14, answeredAt: 16 }), 0],
    ['does not count when it was refused', write({ forwardedAt: 16, status: 409 }), 0],
    ['does not count without an answer', unanswered, 0],
    ['does not count when it is an Event', write({ forwardedAt: 16, path: '/apis/events.k8s.io/v1/namespaces/shop/events' }), 0],
    ['does not count when it is of the other one', write({ forwardedAt: 16, from: 'b' }), 0],
  ])('%s', (_name, one, expected) => {
    expect(writesAfter([one], { controller: 'a', moment: 15, namespace: 'shop' })).toHaveLength(expected);
  });
});

test('Jobs of an object are counted by what the API server created, whoever asked', () => {
  const writes = [job('one'), job('one', { from: 'b' }), job('one', { status: 409 }), job('two'), write({ method: 'DELETE', path: '/apis/batch/v1/namespaces/shop/jobs/x' })];
  expect([jobsCreated(writes, 'one'), jobsCreated(writes, 'two'), jobsCreated(writes, 'three')]).toEqual([2, 1, 0]);
});
