import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareGround } from '../campaigns/bare-ground.ts';
import { handOver, LEASE_ENV, type Fault } from '../campaigns/hand-over.ts';
import { leftovers, referenceRun, type Reference } from '../campaigns/kill-points.ts';
import { createsJobOf } from '../campaigns/points.ts';
import { startRig, type Rig } from '../campaigns/rig.ts';

const LEASE_MS = Number(LEASE_ENV.LEASE_SECONDS) * 1000;
/** A renewal may be seen one retry late, and a busy machine takes its time: in all less than two leases. */
const GRACE_MS = 5500;

// Many, with real Jobs: npm run campaign:leader.
describe('Of two controllers the one that works loses its lead in the middle of a Backup', () => {
  let rig: Rig;
  let reference: Reference;

  beforeAll(async () => {
    rig = await startRig(await bareGround(), ['controller-a', 'controller-b'], LEASE_ENV);
    reference = await referenceRun(rig, 'Backup');
  });
  afterAll(() => rig.stop(false));

  it.each<[string, Fault]>([
    ['killed', 'kill'],
    ['paused past its lease and woken', 'pause'],
    ['cut off from the network', 'cut'],
    ['cut off, and a write of it arrives late', 'delay'],
  ])('%s: the other one goes on within the lease, with one Job, and nothing is written twice', async (_how, fault) => {
    const trial = await handOver(rig, { fault, kind: 'Backup', point: createsJobOf(fault), name: fault, reference: reference.state });
    expect(trial.problems).toEqual([]);
    expect([trial.duplicateJobs, trial.lateWrites]).toEqual([0, 0]);
    expect(trial.takeoverMs).toBeLessThan(LEASE_MS + GRACE_MS);
    if (fault === 'delay') expect(trial.delayedStatus).toBe(409);
    expect(await leftovers(rig)).toEqual([]);
  });
});
