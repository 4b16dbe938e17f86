// The rule by which candidates share one lease: that of client-go. Pure: times in, verdicts out.

/** What a lease says. Times are the writer's own: they are for people, and nothing is decided by them. */
export interface LeaseRecord {
  /** Who holds it; empty when it was released. */
  readonly holder: string;
  readonly durationSeconds: number;
  /** Milliseconds since the epoch. */
  readonly acquiredAt: number;
  readonly renewedAt: number;
  /** How often it went to another holder. */
  readonly transitions: number;
}

export interface LeaseTimings {
  /** How long after its last change a lease is honoured by others. */
  readonly leaseMs: number;
  /** How long a leader goes on without a renewal. Shorter than the lease: it has stopped when another one may begin. */
  readonly renewDeadlineMs: number;
  /** Time between two attempts. */
  readonly retryMs: number;
}

/** Longest pause between attempts, as a multiple of the retry time. */
export const RETRY_JITTER = 1.2;

/** What is wrong with timings, if anything. */
export function timingsViolation({ leaseMs, renewDeadlineMs, retryMs }: LeaseTimings): string | undefined {
  if (leaseMs < 1000 || leaseMs % 1000 !== 0) return 'the lease must last a whole number of seconds';
  if (leaseMs <= renewDeadlineMs) return 'the lease must last longer than the renew deadline';
  if (retryMs <= 0 || renewDeadlineMs <= retryMs * RETRY_JITTER) return `the renew deadline must be longer than ${RETRY_JITTER} times the retry time`;
  return undefined;
}

/** A record, and when it was first seen as it is, on the own clock. */
export interface Sighting {
  readonly record: LeaseRecord;
  readonly since: number;
}

/** A record that is what it was keeps its age: only a change proves that its holder lives. */
export function sighted(before: Sighting | undefined, record: LeaseRecord, now: number): Sighting {
  return before !== undefined && same(before.record, record) ? before : { record, since: now };
}

/** Milliseconds until a lease may be taken from its holder; 0 or less when it may be taken now. */
export function expiresIn({ record, since }: Sighting, now: number): number {
  return record.holder === '' ? 0 : since + record.durationSeconds * 1000 - now;
}

export interface Candidate {
  readonly identity: string;
  /** Of the lease it holds; undefined for one that does not lead. */
  readonly acquiredAt: number | undefined;
}

/** create: there is no lease. renew: it is the candidate's. take: it is free. wait: another one holds it. lost: another one took it. */
export type Verdict = 'create' | 'renew' | 'take' | 'wait' | 'lost';

/** What a candidate is to do about a lease. */
export function judge({ identity, acquiredAt }: Candidate, lease: Sighting | undefined, now: number): Verdict {
  if (lease === undefined) return 'create';
  const { record } = lease;
  // Another process that goes by the same name is another process all the same.
  if (acquiredAt !== undefined) return record.holder === identity && record.acquiredAt === acquiredAt ? 'renew' : 'lost';
  // The container of a pod that was started again need not wait for itself: the one before it has ended.
  return record.holder === identity || expiresIn(lease, now) <= 0 ? 'take' : 'wait';
}

/** The record that a candidate writes when it takes or renews a lease, at a wall-clock time. */
export function heldBy({ identity, acquiredAt }: Candidate, before: LeaseRecord | undefined, timings: LeaseTimings, wallTime: number): LeaseRecord {
  const transitions = before === undefined ? 0 : before.transitions + (acquiredAt === undefined ? 1 : 0);
  return { holder: identity, durationSeconds: timings.leaseMs / 1000, acquiredAt: acquiredAt ?? wallTime, renewedAt: wallTime, transitions };
}

function same(one: LeaseRecord, other: LeaseRecord): boolean {
  return (
    one.holder === other.holder &&
    one.durationSeconds === other.durationSeconds &&
    one.acquiredAt === other.acquiredAt &&
    one.renewedAt === other.renewedAt &&
    one.transitions === other.transitions
  );
}
