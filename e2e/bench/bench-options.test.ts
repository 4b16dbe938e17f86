import { describe, expect, test } from 'vitest';
import { parseBench } from './bench-options.ts';

describe('the command line of a bench', () => {
  test.each([
    ['measures everything with what the goals were set for', [], { json: undefined, megabytes: 1500, rounds: 5, parts: ['stream', 'cluster'] }],
    ['takes less data, fewer rounds, a file for the figures', ['--megabytes', '30', '--rounds', '1', '--json', 'out.json'], { json: 'out.json', megabytes: 30, rounds: 1, parts: ['stream', 'cluster'] }],
    ['measures one part', ['--only', 'cluster'], { json: undefined, megabytes: 1500, rounds: 5, parts: ['cluster'] }],
    ['shows help', ['--help'], 'help'],
  ])('%s', (_name, argv, expected) => {
    expect(parseBench(argv, ['stream', 'cluster'])).toEqual(expected);
  });

  test.each([
    ['a part that it does not know', ['--only', 'disk'], '--only is "disk": it must be stream or cluster'],
    ['no rounds', ['--rounds', '0'], '--rounds is "0": it must be a whole number, at least 1'],
    ['a size that is none', ['--megabytes', 'big'], '--megabytes is "big"'],
    ['an option that it does not know', ['--fast'], "Unknown option '--fast'"],
  ])('refuses %s', (_name, argv, message) => {
    expect(() => parseBench(argv, ['stream', 'cluster'])).toThrow(message);
  });
});
