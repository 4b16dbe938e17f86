// What all campaigns take on their command line.
import { parseArgs } from 'node:util';

export interface CampaignOptions {
  readonly trials: number;
  /** File for the figures. */
  readonly json: string | undefined;
  /** Options that only some campaigns have, by name. */
  readonly more: Readonly<Record<string, string>>;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the command line, with the names of `further` options that take a value; 'help' when that is asked for. @throws UsageError that names what is wrong. */
export function parseOptions(argv: readonly string[], defaultTrials: number, further: readonly string[] = []): CampaignOptions | 'help' {
  const { help, trials = String(defaultTrials), json, ...more } = parse(argv, ['trials', 'json', ...further]);
  if (help === true) return 'help';
  return { trials: wholeNumber('--trials', String(trials), 1), json: json === undefined ? undefined : String(json), more: Object.fromEntries(Object.entries(more).map(([name, value]) => [name, String(value)])) };
}

/** A number from the command line. @throws UsageError that names the option. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new UsageError(`${option} is ${JSON.stringify(text)}: it must be a whole number, at least ${least}`);
  return value;
}

function parse(argv: readonly string[], names: readonly string[]): Readonly<Record<string, unknown>> {
  const texts = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...argv], options: { ...texts, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
