import { describe, expect, test } from 'vitest';
import { parseOptions } from './options.ts';
import { percentile } from './report.ts';

describe('the command line of a campaign', () => {
  test.each([
    ['needs nothing', [], { trials: 7, json: undefined, more: {} }],
    ['takes the number of trials and a file for the figures', ['--trials', '100', '--json', 'out.json'], { trials: 100, json: 'out.json', more: {} }],
    ['takes what only this campaign has', ['--seed', '5'], { trials: 7, json: undefined, more: { seed: '5' } }],
    ['shows help', ['--trials', '3', '--help'], 'help'],
  ])('%s', (_name, argv, expected) => {
    expect(parseOptions(argv, 7, ['seed'])).toEqual(expected);
  });

  test.each([
    ['a number of trials that is none', ['--trials', 'many'], '--trials is "many": it must be a whole number, at least 1'],
    ['no trials at all', ['--trials', '0'], '--trials is "0"'],
    ['an option that it does not know', ['--fast'], "Unknown option '--fast'"],
    ['a word that belongs to no option', ['fast'], "Unexpected argument 'fast'"],
  ])('refuses %s', (_name, argv, message) => {
    expect(() => parseOptions(argv, 7)).toThrow(message);
  });
});

test.each([
  [0.5, 2],
  [1, 4],
  [0, 1],
])('the %d-quantile of 1 to 4 is %d', (share, expected) => {
  expect(percentile([4, 2, 3, 1], share)).toBe(expected);
});
