import { parseRunRequest } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aDatabase, CONFIG, NOW } from '../../../test/fixtures.ts';
import { checkLabel, desiredCheckJob, type CheckStart } from './desired-check.ts';

const ID: CheckStart = { servers: '0123456789abcdef', request: undefined, round: 1, startedAt: Date.parse(NOW) };

interface TheJob {
  readonly metadata: object;
  readonly spec: { readonly activeDeadlineSeconds: number; readonly template: { readonly spec: { readonly containers: { readonly env: { readonly value: string }[] }[]; readonly volumes: object[] } } };
}
const jobOf = (replicas: number, round = 1): TheJob => desiredCheckJob({ database: aDatabase({ spec: { replicas } }), idle: true }, { ...ID, round }, CONFIG) as object as TheJob;
const requestOf = (job: TheJob): object => parseRunRequest(job.spec.template.spec.containers[0]?.env[0]?.value);

describe('the Job of a check', () => {
  test('asks each server at its own address, as superuser', () => {
    const job = jobOf(3);
    expect(requestOf(job)).toMatchObject({
      command: 'check',
      server: { host: 'orders-0.orders-headless.shop.svc', port: 5432, database: 'orders' },
      standbys: [{ name: 'orders-1', host: 'orders-1.orders-headless.shop.svc' }, { name: 'orders-2', host: 'orders-2.orders-headless.shop.svc' }],
      volumeBytes: 1024 ** 3,
    });
    expect(job.spec.template.spec.volumes).toContainEqual({ name: 'credentials', projected: { defaultMode: 0o440, sources: [{ secret: { name: 'orders-internal', items: [{ key: 'username', path: 'superuser/username' }, { key: 'password', path: 'superuser/password' }] } }] } });
  });

  test.each<{ why: string; phase?: 'Ready' | 'Verifying'; idle?: boolean; round?: number; leftovers: string; seconds: number }>([
    { why: 'drops what restores left', leftovers: 'drop', seconds: 140 },
    { why: 'only counts it while a restore is at work', idle: false, leftovers: 'count', seconds: 80 },
    { why: 'only counts it while the Database waits for the check', phase: 'Verifying', leftovers: 'count', seconds: 80 },
    { why: 'only counts it when it starts with the servers', round: 0, leftovers: 'count', seconds: 160 },
  ])('$why', ({ phase = 'Ready', idle = true, round = 1, leftovers, seconds }) => {
    const job = desiredCheckJob({ database: aDatabase({ status: { phase } }), idle }, { ...ID, round }, CONFIG) as object as TheJob;
    expect(requestOf(job)).toMatchObject({ leftovers });
    expect(job.spec.activeDeadlineSeconds).toBe(seconds);
  });

  test('belongs to the Database, is no run, and goes by itself', () => {
    expect(jobOf(1)).toMatchObject({
      metadata: { labels: { 'database.example.com/database': 'orders', 'database.example.com/consistency-check': checkLabel(ID) }, ownerReferences: [{ kind: 'Database', name: 'orders', controller: true }] },
      spec: { ttlSecondsAfterFinished: 300, backoffLimit: 0 },
    });
    expect(JSON.stringify(jobOf(1).metadata)).not.toContain('database.example.com/run');
  });

  test.each([
    { round: 0, patienceSeconds: 90, activeDeadlineSeconds: 160 },
    { round: 1, patienceSeconds: 10, activeDeadlineSeconds: 80 },
  ])('of round $round waits $patienceSeconds s for the servers', ({ round, patienceSeconds, activeDeadlineSeconds }) => {
    const job = jobOf(1, round);
    expect([requestOf(job), job.spec.activeDeadlineSeconds]).toMatchObject([{ patienceSeconds }, activeDeadlineSeconds]);
  });

  test('has one label for one check, and another for each other', () => {
    const labels = [ID, { ...ID, round: 2 }, { ...ID, request: 'now' }, { ...ID, servers: 'others' }].map(checkLabel);
    expect(new Set([...labels, checkLabel({ ...ID })]).size).toBe(4);
  });

  const nameAt = (seconds: number, round = 1, name = 'orders'): string => desiredCheckJob({ database: aDatabase({ metadata: { name } }), idle: true }, { ...ID, round, startedAt: ID.startedAt + seconds * 1000 }, CONFIG).metadata.name;

  test('has another name each time that it is started: one that was deleted is not followed by one of its name', () => {
    expect(nameAt(0)).toMatch(/^orders-dddddddd-check-[0-9a-f]{8}-1-[0-9a-z]{8}$/);
    expect(nameAt(1)).not.toBe(nameAt(0));
    expect(nameAt(0, 1000, 'd'.repeat(52))).toHaveLength(63);
  });
});
