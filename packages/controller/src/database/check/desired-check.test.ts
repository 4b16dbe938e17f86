import { parseRunRequest } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aDatabase, CONFIG } from '../../../test/fixtures.ts';
import { checkName, desiredCheckJob, type CheckId } from './desired-check.ts';

const ID: CheckId = { servers: '0123456789abcdef', request: undefined, round: 1 };

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
      metadata: { labels: { 'database.example.com/database': 'orders', 'database.example.com/consistency-check': ID.servers }, ownerReferences: [{ kind: 'Database', name: 'orders', controller: true }] },
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

  test('has one name for one check, and another for each other', () => {
    const names = [ID, { ...ID, round: 2 }, { ...ID, request: 'now' }, { ...ID, servers: 'others' }].map((id) => checkName(aDatabase(), id));
    expect(new Set([...names, checkName(aDatabase(), { ...ID })]).size).toBe(4);
    expect(checkName(aDatabase({ metadata: { name: 'd'.repeat(52) } }), { ...ID, round: 1000 })).toHaveLength(63);
  });
});
