// The command line of bench:backup and bench:restore. Pure.
import { parseArgs } from 'node:util';

/** What a bench measures; Part: its parts, each of which can be measured alone. */
export interface BenchOptions<Part extends string> {
  /** File for the figures. */
  readonly json: string | undefined;
  /** Size of the database, as the server stores it. */
  readonly megabytes: number;
  readonly rounds: number;
  readonly parts: readonly Part[];
}

/** Reads the command line; 'help' when that is asked for. @throws Error that names what is wrong. */
export function parseBench<const Part extends string>(argv: readonly string[], known: readonly Part[]): BenchOptions<Part> | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: { json: { type: 'string' }, megabytes: { type: 'string', default: '1500' }, rounds: { type: 'string', default: '5' }, only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) return 'help';
  const parts = known.filter((part) => values.only === undefined || values.only === part);
  if (parts.length === 0) throw new Error(`--only is ${JSON.stringify(values.only)}: it must be ${known.join(' or ')}`);
  return { json: values.json, megabytes: positive('--megabytes', values.megabytes), rounds: positive('--rounds', values.rounds), parts };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} is ${JSON.stringify(text)}: it must be a whole number, at least 1`);
  return value;
}
