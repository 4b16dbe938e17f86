// One of several processes works at a time: the one that holds the lease. See lease.ts for the rule.
// This is no fencing: a request that was on its way when the lease went over may still arrive. Nothing comes of it,
// because names derive from UIDs and every write that depends on a state carries that state's resourceVersion.
import { sleep, type Clock } from './clock.ts';
import { expiresIn, heldBy, judge, RETRY_JITTER, sighted, timingsViolation, type LeaseRecord, type LeaseTimings, type Sighting, type Verdict } from './lease.ts';

/** Where the lease is kept. Each candidate has one of its own. */
export interface LeaseLock {
  /** Undefined when there is none. */
  read(signal: AbortSignal): Promise<LeaseRecord | undefined>;
  /** Throws when there is one. */
  create(record: LeaseRecord, signal: AbortSignal): Promise<void>;
  /** Throws when it is no longer what this lock last read or wrote. */
  update(record: LeaseRecord, signal: AbortSignal): Promise<void>;
}

/** Hears how an election goes. */
export interface ElectionObserver {
  /** Another one leads. Once for each holder. */
  waiting(holder: string): void;
  elected(record: LeaseRecord): void;
  lost(error: unknown): void;
  released(): void;
  /** An attempt was not answered, or refused: `failures` of them in a row. */
  failed(error: unknown, failures: number): void;
}

export interface LeaderElectionOptions {
  /** Unique to this process, or to the pod that it is the only process of. */
  readonly identity: string;
  readonly timings: LeaseTimings;
  readonly lock: LeaseLock;
  /** Measures time that passes. Nobody may set it: see monotonicClock. */
  readonly clock: Clock;
  /** What a wall clock shows, for the record. */
  readonly wallTime: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly observer: ElectionObserver;
}

/** The lease is gone: this process must not go on. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
}

/** Takes part in an election. */
export class LeaderElector {
  readonly #options: LeaderElectionOptions;
  #sighting: Sighting | undefined;
  /** When the own lease was acquired (wall clock), and when its last renewal was sent (own clock). */
  #held: { readonly acquiredAt: number; readonly renewedAt: number } | undefined;
  #failures = 0;
  #waitsFor: string | undefined;

  constructor(options: LeaderElectionOptions) {
    const violation = timingsViolation(options.timings);
    if (violation !== undefined) throw new Error(violation);
    this.#options = options;
  }

  /** True as long as nobody else can lead. By the clock alone: a process that was asleep knows before it has asked anybody. */
  get leading(): boolean {
    return this.#held !== undefined && this.#renewalDueIn() > 0;
  }

  /**
   * Waits for the lease, works, and gives the lease back when the work has ended after `signal` aborted.
   * @throws LeadershipLostError when the lease is lost meanwhile; the work is told to end, and not waited for.
   */
  async run(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const record = await this.#acquire(signal);
    if (record === undefined) return;
    this.#options.observer.elected(record);
    const [worked, lost] = [new AbortController(), new AbortController()];
    const holding = this.#hold(worked.signal);
    const working = Promise.allSettled([work(AbortSignal.any([signal, lost.signal]))]).finally(() => worked.abort());
    try {
      await Promise.race([working, holding]);
      await holding;
    } catch (error) {
      lost.abort();
      this.#options.observer.lost(error);
      throw error;
    }
    await this.#release();
    const [result] = await working;
    if (result.status === 'rejected') throw result.reason;
  }

  async #acquire(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    while (!signal.aborted) {
      const verdict = await this.#attempt(this.#patience, signal);
      if (this.#held !== undefined) return this.#sighting?.record;
      if (verdict === 'wait') this.#announceWaiting();
      await sleep(this.#options.clock, this.#pause(verdict), signal);
    }
    return undefined;
  }

  /** Renews the lease until `ended` aborts. A renewal that is under way then is finished, so that its outcome is known. */
  async #hold(ended: AbortSignal): Promise<void> {
    const { clock, timings } = this.#options;
    while (!ended.aborted) {
      await sleep(clock, Math.min(timings.retryMs, this.#renewalDueIn()), ended);
      if (ended.aborted) return;
      const verdict = this.#renewalDueIn() > 0 ? await this.#attempt(Math.min(this.#patience, this.#renewalDueIn()), new AbortController().signal) : undefined;
      if (verdict === 'lost') throw this.#lose(`the lease went to ${this.#sighting?.record.holder || 'nobody'}`);
      if (this.#renewalDueIn() <= 0) throw this.#lose(`the lease could not be renewed for ${timings.renewDeadlineMs / 1000} s`);
    }
  }

  /** One attempt to take or renew the lease within a time; what it saw, undefined when it failed. */
  async #attempt(withinMs: number, signal: AbortSignal): Promise<Verdict | undefined> {
    const { clock, observer } = this.#options;
    const timeout = new AbortController();
    const cancel = clock.after(withinMs, () => timeout.abort(new Error('no answer in time')));
    try {
      const verdict = await this.#acquireOrRenew(AbortSignal.any([signal, timeout.signal]));
      this.#failures = 0;
      return verdict;
    } catch (error) {
      this.#failures += 1;
      if (!signal.aborted) observer.failed(error, this.#failures);
      return undefined;
    } finally {
      cancel();
    }
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<Verdict> {
    const { lock, clock } = this.#options;
    if (this.#held !== undefined && this.#sighting !== undefined) {
      // What was written last is most likely still there: one request instead of two.
      const renewed = await this.#write((record) => lock.update(record, signal)).then(() => true, () => false);
      if (renewed) return 'renew';
      signal.throwIfAborted();
    }
    const seen = await lock.read(signal);
    this.#sighting = seen && sighted(this.#sighting, seen, clock.now());
    const verdict = judge(this.#candidate(), this.#sighting, clock.now());
    if (verdict === 'create') await this.#write((record) => lock.create(record, signal));
    if (verdict === 'renew' || verdict === 'take') await this.#write((record) => lock.update(record, signal));
    return verdict;
  }

  async #write(send: (record: LeaseRecord) => Promise<void>): Promise<void> {
    const { clock, timings, wallTime } = this.#options;
    const sentAt = clock.now();
    const record = heldBy(this.#candidate(), this.#sighting?.record, timings, wallTime());
    await send(record);
    // Counted from before the request: others count from after it.
    this.#held = { acquiredAt: record.acquiredAt, renewedAt: sentAt };
    this.#sighting = { record, since: clock.now() };
  }

  /** Gives the lease back, so that the next one need not wait until it expires. */
  async #release(): Promise<void> {
    const { lock, clock, observer, timings, wallTime } = this.#options;
    if (!this.leading || this.#sighting === undefined) return;
    const record = { ...this.#sighting.record, holder: '', durationSeconds: 1, renewedAt: wallTime() };
    const timeout = new AbortController();
    const cancel = clock.after(timings.retryMs, () => timeout.abort());
    this.#held = undefined;
    try {
      await lock.update(record, timeout.signal);
      observer.released();
    } catch (error) {
      observer.failed(error, 1);
    } finally {
      cancel();
    }
  }

  #lose(why: string): LeadershipLostError {
    this.#held = undefined;
    return new LeadershipLostError(why);
  }

  #candidate(): { identity: string; acquiredAt: number | undefined } {
    return { identity: this.#options.identity, acquiredAt: this.#held?.acquiredAt };
  }

  /** How long an attempt may take: one connection that leads nowhere must leave time for another one. */
  get #patience(): number {
    return this.#options.timings.renewDeadlineMs / 2;
  }

  #renewalDueIn(): number {
    return (this.#held?.renewedAt ?? -Infinity) + this.#options.timings.renewDeadlineMs - this.#options.clock.now();
  }

  /** Until the next attempt: not long after the lease expires, and not all candidates at one moment. */
  #pause(verdict: Verdict | undefined): number {
    const { timings, clock, random = Math.random } = this.#options;
    const jitter = timings.retryMs * (RETRY_JITTER - 1) * random();
    const expiry = verdict === 'wait' && this.#sighting !== undefined ? expiresIn(this.#sighting, clock.now()) : Infinity;
    return Math.min(timings.retryMs, expiry) + jitter;
  }

  #announceWaiting(): void {
    const holder = this.#sighting?.record.holder ?? '';
    if (holder === this.#waitsFor) return;
    this.#waitsFor = holder;
    this.#options.observer.waiting(holder);
  }
}
