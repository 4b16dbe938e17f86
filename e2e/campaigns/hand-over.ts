// Takes the lead from a controller by force in the middle of its work, and looks at what two of them did.
import { waitFor } from '../cluster/api.ts';
import type { Exit } from './controller.ts';
import { differences, endStateOf, faultless, type EndState } from './end-state.ts';
import { isEvent, leadsSince, worksIn, writesAfter, type Write } from './journal.ts';
import { expectedContent } from './kill-points.ts';
import { createObject, pathOf, untilPhase, type RunKind } from './objects.ts';
import type { Point } from './points.ts';
import type { Stage } from './proxy.ts';
import type { Post, Rig } from './rig.ts';

/**
 * kill: SIGKILL. pause: SIGSTOP past the lease, then SIGCONT. cut: its network is gone. delay: likewise, and its last
 * write, which was on its way, arrives when the other one has done the work.
 */
export type Fault = 'kill' | 'pause' | 'cut' | 'delay';
export const FAULTS: readonly Fault[] = ['kill', 'pause', 'cut', 'delay'];

/** Lease timings of the campaign: proportions as in operation, two fifths of the time. With less, a busy machine takes the lead from a controller by itself. */
export const LEASE_ENV = { LEASE_SECONDS: '6', LEASE_RENEW_DEADLINE_SECONDS: '4', LEASE_RETRY_SECONDS: '0.8' };

export interface HandOver {
  readonly fault: Fault;
  readonly kind: RunKind;
  /** From the fault until the other one leads. */
  readonly takeoverMs: number;
  /** Jobs too many. */
  readonly duplicateJobs: number;
  /** Writes of the former leader that the API server took after the other one came to lead. */
  readonly lateWrites: number;
  /** What became of the write that came late: the API server's answer; undefined when there was none. */
  readonly delayedStatus: number | undefined;
  readonly problems: readonly string[];
  readonly seconds: number;
}

const STAGE: Readonly<Record<Fault, Stage>> = { kill: 'answered', pause: 'received', cut: 'answered', delay: 'received' };

/** One hand-over at a write for a new object of that name. Neither Events nor Leases count. */
export async function handOver(rig: Rig, trial: { fault: Fault; kind: RunKind; point: Point; name: string; reference: EndState }): Promise<HandOver> {
  const { ground, journal } = rig;
  const { fault, kind, point, name, reference } = trial;
  const startedAt = performance.now();
  const former = await rig.settled();
  const next = rig.posts.find((post) => post !== former);
  if (next === undefined) throw new Error('a hand-over needs two controllers');
  const mark = journal.mark();
  const content = await expectedContent(rig, kind);
  const strike = arm(rig, former, { fault, point });
  const path = pathOf(kind, ground.namespace, name);
  const object = await createObject(ground.api, kind, { namespace: ground.namespace, name });
  const ended = untilPhase(ground.api, path, ['Completed', 'Failed']);
  ended.catch(() => undefined);
  // A run that had fewer writes: the lead changes hands all the same.
  const firedAt = await Promise.race([strike.fired, ended.then(() => rig.settled()).then(strike.fire).then(() => strike.fired)]);

  const tookOverAt = await waitFor(`${next.controller.name} to lead`, 120, () => leadsSince(journal.since(mark), next.controller.name) ?? Promise.reject(new Error('it does not')));
  await ended;
  strike.release();
  if (fault === 'pause') former.controller.send('SIGCONT');
  const exit = await former.controller.exited(120);
  await waitFor('the delayed write to be answered', 120, () => {
    if (strike.delayed !== undefined && strike.delayed.status === undefined) throw new Error('it is not');
  });
  former.proxy.onWrite = () => undefined;
  former.proxy.heal();
  await former.controller.start();
  await rig.settled();

  const writes = journal.since(mark);
  const state = await endStateOf(ground, kind, object, { writes, content });
  const late = writesAfter(writes, { controller: former.controller.name, moment: tookOverAt, namespace: ground.namespace });
  const problems = [
    ...late.map(({ method, path: where }) => `${former.controller.name} wrote after ${next.controller.name} came to lead: ${method} ${where}`),
    ...exitProblems(fault, exit),
    ...new Set([...faultless(state), ...differences(state, reference)]),
  ];
  return {
    ...{ fault, kind, problems },
    takeoverMs: tookOverAt - firedAt,
    duplicateJobs: Math.max(0, state.jobsCreated - 1, state.jobs - 1),
    lateWrites: late.length,
    delayedStatus: strike.delayed?.status,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** The loss of the lease ends the process, and not with success. */
function exitProblems(fault: Fault, { code, signal }: Exit): string[] {
  if (fault === 'kill' ? signal === 'SIGKILL' : code === 1) return [];
  return [`the former leader ended with exit code ${code}, signal ${signal}`];
}

interface Strike {
  /** When the fault came about. */
  readonly fired: Promise<number>;
  /** Brings it about now, unless it has come about. */
  fire(): Promise<void>;
  /** Lets the delayed write go on. */
  release(): void;
  delayed: Write | undefined;
}

/** Makes the fault happen at a write of the leader. */
function arm(rig: Rig, { controller, proxy }: Post, { fault, point }: { fault: Fault; point: Point }): Strike {
  const works = worksIn(rig.ground.namespace);
  const numbers = new Map<Write, number>();
  const fired = Promise.withResolvers<number>();
  const released = Promise.withResolvers<void>();
  const bringAbout: Readonly<Record<Fault, () => Promise<void> | void>> = {
    kill: () => controller.kill(),
    pause: () => controller.send('SIGSTOP'),
    cut: () => proxy.cut(),
    delay: () => proxy.cut(),
  };
  let pending = true;
  const strike: Strike = {
    fired: fired.promise,
    async fire() {
      if (!pending) return;
      pending = false;
      fired.resolve(performance.now());
      await bringAbout[fault]();
    },
    release: released.resolve,
    delayed: undefined,
  };
  proxy.onWrite = async (write, at) => {
    // Events do not count: a late one changes nothing.
    if (at === 'received' && works(write) && !isEvent(write)) numbers.set(write, numbers.size + 1);
    const number = numbers.get(write);
    if (at !== STAGE[fault] || number === undefined || !point(write, number)) return;
    if (fault === 'delay') strike.delayed = write;
    await strike.fire();
    if (fault === 'delay') await released.promise;
  };
  return strike;
}
