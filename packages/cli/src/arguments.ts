// From the words of a command line to what they ask for. Pure.
import { parseArgs } from 'node:util';
import { nearest } from './cluster/nearest.ts';
import type { Command, Input, Options } from './command.ts';

/** A command line that cannot be followed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** Whose help tells how it is done; undefined for that of the plugin. */
  readonly command: Command | undefined;

  constructor(message: string, command?: Command) {
    super(message);
    this.command = command;
  }
}

/** Options of every command. */
export const COMMON_OPTIONS: Options = {
  namespace: { type: 'string', short: 'n', value: 'NAME', description: 'namespace; default: that of the context' },
  context: { type: 'string', value: 'NAME', description: 'context of the kubeconfig' },
  kubeconfig: { type: 'string', value: 'FILE', description: 'kubeconfig; default: KUBECONFIG, then ~/.kube/config' },
  output: { type: 'string', short: 'o', value: 'json', oneOf: ['json'], description: 'print data for programs' },
  help: { type: 'boolean', short: 'h', description: 'print this' },
};

/** What a command line asks for. */
export type Wish = { readonly help: true; readonly command: Command | undefined } | { readonly help: false; readonly command: Command; readonly input: Input };

/** Reads a command line. @throws UsageError */
export function readArguments(args: readonly string[], commands: readonly Command[]): Wish {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return { help: true, command: commands.find((one) => one.name === rest[0]) };
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw new UsageError(name.startsWith('-') ? `the command comes first, then ${name}` : noCommand(name, commands));
  if (rest.includes('--help') || rest.includes('-h')) return { help: true, command };
  return { help: false, command, input: readInput(rest, command) };
}

function noCommand(name: string, commands: readonly Command[]): string {
  const meant = nearest(name, commands.map((command) => command.name));
  return `there is no command ${name}${meant === undefined ? '' : `. Did you mean ${meant}?`}`;
}

function readInput(args: readonly string[], command: Command): Input {
  const { values, positionals } = parsed(args, command);
  const { min, max } = command.operands;
  if (positionals.length < min) throw new UsageError(`${command.name}: which one? ${command.name} ${command.usage}`, command);
  if (positionals.length > max) throw new UsageError(`${command.name}: too much: ${positionals.slice(max).join(' ')}`, command);
  for (const [name, { oneOf }] of Object.entries(optionsOf(command))) {
    const value = values[name];
    if (oneOf !== undefined && typeof value === 'string' && !oneOf.includes(value)) throw new UsageError(`--${name} can be ${oneOf.join(', ')}, not ${value}`, command);
  }
  return {
    operands: positionals,
    text: (option) => (typeof values[option] === 'string' ? values[option] : undefined),
    flag: (option) => values[option] === true,
  };
}

/** Those of every command and its own. */
export const optionsOf = (command: Command): Options => ({ ...command.options, ...COMMON_OPTIONS });

function parsed(args: readonly string[], command: Command): { values: Record<string, string | boolean | undefined>; positionals: string[] } {
  const options = Object.fromEntries(Object.entries(optionsOf(command)).map(([name, { type, short }]) => [name, { type, ...(short !== undefined && { short }) }]));
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true }) as { values: Record<string, string | boolean | undefined>; positionals: string[] };
  } catch (error) {
    // Node explains at length how to pass what is no option of ours.
    throw new UsageError(`${command.name}: ${(error as Error).message.split('. ')[0] ?? ''}`, command);
  }
}
