import { test } from 'vitest';
import fc from 'fast-check';
import { beginnings, playSchedule } from './schedule.ts';

test('debug', async () => {
  const starts = await beginnings();
  const runs = Number(process.env['MODEL_RUNS'] ?? 300);
  const seed = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31);
  const at = Date.now();
  const result = await fc.check(fc.asyncProperty(fc.nat(2), fc.array(fc.nat(2 ** 31 - 1), { maxLength: 80, size: 'max' }), async (start, numbers) => {
    const from = starts[start];
    if (from) await playSchedule({ from, numbers });
  }), { numRuns: runs, seed });
  console.log(result.numRuns, 'runs', Date.now() - at, 'ms', 'seed', seed);
  if (result.failed && result.counterexample) {
    const [start, numbers] = result.counterexample;
    const trace: string[] = [];
    const from = starts[start];
    if (from) await playSchedule({ from, numbers, trace }).catch((e: unknown) => trace.push(String(e)+(e as Error).stack));
    console.log('start', start, 'shrinks', result.numShrinks, '\n' + trace.slice(-90).join('\n'));
    throw new Error('failed');
  }
}, 600000);
