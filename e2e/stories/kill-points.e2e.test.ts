import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareGround } from '../campaigns/bare-ground.ts';
import { killTrial, leftovers, referenceRun, type Reference, type Variant } from '../campaigns/kill-points.ts';
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

    it.each<[string, { write: RegExp; variant: Variant }]>([
      ['before it hears that its Job was created', { write: /^POST jobs/, variant: 'lost' }],
      ['right after it created its Job', { write: /^POST jobs/, variant: 'heard' }],
      ['before it hears that its last status was taken', { write: /^PATCH .*status/, variant: 'lost' }],
    ])('%s, is started again, and all ends as without a fault, with one Job', async (_when, { write, variant }) => {
      const k = reference.writes.findLastIndex((line) => write.test(line)) + 1;
      const trial = await killTrial(rig, reference, { k, variant, name: `${kind.toLowerCase()}-${k}-${variant}` });
      expect([trial.problems, trial.reached]).toEqual([[], true]);
      expect(trial.write).toMatch(write);
      expect(await leftovers(rig)).toEqual([]);
    });
  });
});
