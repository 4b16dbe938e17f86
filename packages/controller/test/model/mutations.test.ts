import { expect, test } from 'vitest';
import { BREAKAGES } from './breakages.ts';
import { campaign, PATIENCE_MS } from './campaign.ts';
import { RUNS } from './part.ts';

// One seed, so that how soon each is noticed changes with the code only.
test.each(BREAKAGES)('the model notices when $name', async (breakage) => {
  const finding = await campaign({ runs: RUNS, seed: 3, breakage, shrink: false });
  expect(finding?.story).toMatch(breakage.law);
  if (process.env['MODEL_VERBOSE']) console.log(`${breakage.name}: after ${finding?.schedules} schedules: ${finding?.story.split('\n').at(-1)}`);
}, PATIENCE_MS);
