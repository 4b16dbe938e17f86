import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareGround } from '../campaigns/bare-ground.ts';
import { killTrial, leftovers, referenceRun, type Reference, type Variant } from '../campaigns/kill-points.ts';
import { completes, createsJobOf, type Point } from '../campaigns/points.ts';
import { startRig, type Rig } from '../campaigns/rig.ts';

// All points, with real Jobs: npm run campaign:kill.
describe('The controller is killed in the middle of its work', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig(await bareGround(), ['controller']);
  });
  afterAll(() => rig.stop(false));

  describe.each(['Backup', 'Restore'] as const)('for a %s', (kind) => {
    let reference: Reference;

    beforeAll(async () => {
      reference = await referenceRun(rig, kind);
    });

    it.each<[string, { of: (run: string) => Point; variant: Variant }]>([
      ['before it hears that its Job was created', { of: createsJobOf, variant: 'lost' }],
      ['right after it created its Job', { of: createsJobOf, variant: 'heard' }],
      ['before it hears that its last status was taken', { of: completes, variant: 'lost' }],
    ])('%s, is started again, and all ends as without a fault, with one Job', async (_when, { of, variant }) => {
      const name = `${kind.toLowerCase()}-${of === completes ? 'end' : 'start'}-${variant}`;
      const trial = await killTrial(rig, reference, { point: of(name), variant, name });
      expect([trial.problems, trial.reached]).toEqual([[], true]);
      expect(await leftovers(rig)).toEqual([]);
    });
  });
});
