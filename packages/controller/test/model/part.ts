// The schedules of the ordinary run: 10,000, the same each time, so that a change is judged by what it changes. Others are looked for by
// npm run campaign:model. MODEL_SEED plays a finding of it again, MODEL_RUNS says how many.
import { expect, test } from 'vitest';
import { campaign, PATIENCE_MS } from './campaign.ts';

/** Schedules of one run. */
export const RUNS = Number(process.env['MODEL_RUNS'] ?? 10_000);
const SEED = Number(process.env['MODEL_SEED'] ?? 1);
/** Number of files that share the schedules, so that they run side by side. */
const PARTS = 4;

/** The test of one part of the schedules. */
export function testPart(part: number): void {
  const runs = Math.ceil(RUNS / PARTS);
  test(`in ${runs} random schedules every law holds, and all is quiet and right in the end (MODEL_SEED=${SEED}, part ${part})`, async () => {
    const finding = await campaign({ runs, seed: SEED + part });
    expect(finding?.story ?? '').toBe('');
  }, PATIENCE_MS);
}
