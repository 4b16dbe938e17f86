// Random lives of a schedule, 40 for each law and the same each time; SCHEDULE_SEED and SCHEDULE_RUNS play others.
import { standingOf } from '@postgres-operator/api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScheduleWorld } from '../../test/schedule-world.ts';
import { childName } from './child-name.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];
/** Two days before Berlin's clocks are put forward, and never at the second of a slot. */
const BEGIN = Date.parse('2026-03-27T10:00:07Z');

type Step =
  | { readonly do: 'pass'; readonly minutes: number }
  | { readonly do: 'end'; readonly how: 'good' | 'failed' | 'suspicious'; readonly isHeard: boolean }
  | { readonly do: 'hear' | 'goDown' | 'comeUp' | 'crashNext' }
  | { readonly do: 'pin' | 'restore'; readonly index: number }
  | { readonly do: 'runNow'; readonly value: string }
  | { readonly do: 'suspend'; readonly is: boolean }
  | { readonly do: 'setClock'; readonly minutes: number };

const pass = fc.constantFrom(1, 5, 31, 60, 61, 185, 480, 1500).map((minutes): Step => ({ do: 'pass', minutes }));
const end = fc.record({ do: fc.constant('end' as const), how: fc.constantFrom('good', 'good', 'good', 'failed', 'suspicious'), isHeard: fc.boolean() });
const ofController = fc.constantFrom('hear', 'goDown', 'comeUp', 'crashNext').map((what): Step => ({ do: what }));
const ofRuns = fc.record({ do: fc.constantFrom('pin', 'restore'), index: fc.nat(9) });
/** What leaves every slot countable. */
const plain = fc.oneof({ weight: 4, arbitrary: pass }, { weight: 4, arbitrary: end }, { weight: 2, arbitrary: ofController }, { weight: 1, arbitrary: ofRuns });
const any = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 1, arbitrary: fc.nat(99).map((value): Step => ({ do: 'runNow', value: `v${value}` })) },
  { weight: 1, arbitrary: fc.boolean().map((is): Step => ({ do: 'suspend', is })) },
  { weight: 1, arbitrary: fc.constantFrom(-90, -5, 200).map((minutes): Step => ({ do: 'setClock', minutes })) },
);
const specs = fc.record({
  schedule: fc.constantFrom('0 * * * *', '30 2,3,14 * * *', '*/20 * * * *', '@daily-random'),
  timeZone: fc.constantFrom('Etc/UTC', 'Europe/Berlin'),
  retention: fc.constantFrom(1, 2, 3),
  startingDeadlineSeconds: fc.constantFrom(60, 3600),
}, { requiredKeys: ['schedule', 'timeZone', 'retention'] });

function play(world: ScheduleWorld, step: Step): void {
  switch (step.do) {
    case 'pass':
      return world.pass(step.minutes * MINUTE);
    case 'end':
      return world.end(step.how, step.isHeard);
    case 'pin':
    case 'restore':
      return world[step.do](step.index);
    case 'runNow':
      return world.runNow(step.value);
    case 'suspend':
      return world.suspend(step.is);
    case 'setClock':
      world.now += step.minutes * MINUTE;
      return world.reconcile();
    default:
      return world[step.do]();
  }
}

/** The world itself refuses a second run at once, and every deletion of what is not to go. */
const check = (steps: fc.Arbitrary<Step>, law: (world: ScheduleWorld, steps: readonly Step[]) => void): void =>
  fc.assert(
    fc.property(specs, fc.array(steps, { maxLength: 40 }), (spec, list) => {
      const world = new ScheduleWorld(spec, BEGIN);
      for (const step of list) play(world, step);
      law(world, list);
    }),
    { numRuns: Number(process.env['SCHEDULE_RUNS'] ?? 40), seed: Number(process.env['SCHEDULE_SEED'] ?? 1) },
  );

/** The end of all trouble. */
function calm(world: ScheduleWorld): void {
  world.comeUp();
  world.end('good', true);
}

const slotsUntilNow = ({ slots, born, now }: ScheduleWorld): number[] => {
  const found: number[] = [];
  for (let at = slots.next(born); at !== undefined && at <= now; at = slots.next(at)) found.push(at);
  return found;
};

describe('over any time, with a controller that goes down, dies and lags', () => {
  test('there is never a second run at once, and what goes was told of, is not pinned, not read and not the newest good one', () => check(any, calm));

  test('every slot is run once or counted as missed, and the status tells the last and the next', () => {
    check(plain, (world) => {
      calm(world);
      const { status } = world.object;
      const slots = slotsUntilNow(world);
      expect(world.ever.length + (status?.missedRuns ?? 0)).toBe(slots.length);
      const ran = slots.filter((at) => world.ever.includes(childName('nightly', at)));
      expect(world.ever).toHaveLength(ran.length);
      expect(Date.parse(status?.lastScheduledTime ?? '') || undefined).toBe(ran.at(-1));
      expect(Date.parse(status?.nextScheduledTime ?? '')).toBe(world.slots.next(world.now));
    });
  });

  test('after downtime there is one run for all that were due, that of the newest slot', () => {
    check(plain, (world) => {
      calm(world);
      world.goDown();
      const before = world.ever.length;
      const from = world.now;
      world.pass(26 * HOUR);
      world.comeUp();
      const newest = world.slots.last(world.now) ?? 0;
      const deadline = (world.object.spec.startingDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
      expect(newest).toBeGreaterThan(from);
      expect(world.ever.slice(before)).toEqual(world.now - newest <= deadline ? [childName('nightly', newest)] : []);
    });
  });

  test('in the end the newest good ones are there, as many as are wanted, and no others but those that are pinned or read', () => {
    check(any, (world) => {
      calm(world);
      world.suspend(true);
      for (const value of ['one', 'two', 'three']) {
        world.runNow(value);
        world.pass(MINUTE);
        world.end('good', true);
      }
      // What was told of goes, ten at a time.
      world.pass(5 * MINUTE);
      const good = world.runs.filter((run) => standingOf(run) === 'good').sort((one, other) => (String(one.status?.backupTime) < String(other.status?.backupTime) ? 1 : -1));
      const wanted = world.object.spec.retention;
      expect(good.length).toBeGreaterThanOrEqual(wanted);
      expect(good.slice(wanted).filter((run) => run.spec.pinned !== true && !world.isRead(run))).toEqual([]);
    });
  });
});
