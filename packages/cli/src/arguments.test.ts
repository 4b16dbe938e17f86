import { describe, expect, test } from 'vitest';
import { readArguments, UsageError } from './arguments.ts';
import { COMMANDS } from './commands/index.ts';

const errorOf = (...args: string[]): string => {
  try {
    readArguments(args, COMMANDS);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'none';
};

describe('A command line', () => {
  test('is a command, operands and options in any order', () => {
    const wish = readArguments(['backup', '--wait', 'shop', '-n', 'demo', '--timeout=5m'], COMMANDS);
    if (wish.help) throw new Error('it asks for no help');
    expect([wish.command.name, wish.input.operands, wish.input.flag('wait'), wish.input.flag('pin'), wish.input.text('namespace'), wish.input.text('timeout'), wish.input.text('name')]).toEqual(['backup', ['shop'], true, false, 'demo', '5m', undefined]);
  });

  test.each([
    [[], undefined],
    [['--help'], undefined],
    [['help'], undefined],
    [['help', 'restore'], 'restore'],
    [['restore', '--help'], 'restore'],
    [['restore', 'shop', '-h'], 'restore'],
  ])('%j asks for the help of %s', (args, name) => {
    const wish = readArguments(args, COMMANDS);
    expect([wish.help, wish.command?.name]).toEqual([true, name]);
  });

  test.each([
    ['a command that there is not', ['destroy'], 'there is no command destroy'],
    ['an option first', ['-n', 'demo', 'status'], 'the command comes first, then -n'],
    ['an option that there is not', ['status', '--wiat'], "status: Unknown option '--wiat'"],
    ['nothing to work on', ['backup'], 'backup: which one? backup DATABASE [--wait]'],
    ['too much', ['backup', 'shop', 'till'], 'backup: too much: till'],
    ['another format', ['status', '-o', 'yaml'], '--output can be json, not yaml'],
  ])('with %s is refused', (_what, args, words) => expect(errorOf(...args)).toBe(words));

  test.each(COMMANDS.flatMap(({ name, examples }) => examples.map((example) => [name, example] as const)))('of the help can be followed: %s %s', (name, example) => {
    const words = (example.split(' | ')[0] ?? '').split(' ').filter((word) => word !== '');
    expect(errorOf(name, ...words)).toBe('none');
  });
});
