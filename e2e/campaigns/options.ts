// What all campaigns take on their command line.
import { parseArgs } from 'node:util';

export interface CampaignOptions {
  readonly trials: number;
  /** File for the figures. */
  readonly json: string | undefined;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the command line; 'help' when that is asked for. @throws UsageError that names what is wrong. */
export function parseOptions(argv: readonly string[], defaultTrials: number): CampaignOptions | 'help' {
  const { values } = parse(argv);
  if (values.help === true) return 'help';
  const trials = Number(values.trials ?? defaultTrials);
  if (!Number.isInteger(trials) || trials < 1) throw new UsageError(`--trials is ${JSON.stringify(values.trials)}: it must be a whole number, at least 1`);
  return { trials, json: values.json };
}

function parse(argv: readonly string[]): { values: { trials?: string; json?: string; help?: boolean } } {
  try {
    return parseArgs({ args: [...argv], options: { trials: { type: 'string' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
