import { describe, expect, test } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';

describe('parseArguments', () => {
  test.each(['up', 'down', 'status', 'kubeconfig'])('takes %s', (name) => {
    expect(parseArguments([name])).toEqual({ name });
  });

  test('takes any number of images to load', () => {
    expect(parseArguments(['load', 'a.tar', 'postgres:17'])).toEqual({ name: 'load', images: ['a.tar', 'postgres:17'] });
  });

  test('helps wherever it is asked', () => {
    expect(parseArguments(['load', '--help'])).toEqual({ name: 'help' });
    expect(parseArguments(['-h'])).toEqual({ name: 'help' });
  });

  test.each([[[]], [['start']], [['load']], [['load', '--force']], [['up', 'now']]])('refuses %j', (args) => {
    expect(() => parseArguments(args)).toThrow(UsageError);
  });
});
