// What --help prints. Pure.
import { COMMON_OPTIONS } from './arguments.ts';
import type { Command, Options } from './command.ts';
import { Exit } from './exit.ts';

/** What the plugin is called. */
export const PLUGIN = 'kubectl db';

/** The help of the plugin. */
export function pluginHelp(commands: readonly Command[]): string {
  return [
    `${PLUGIN}: PostgreSQL databases, their backups and restores`,
    '',
    `usage: ${PLUGIN} COMMAND [options]`,
    '',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Options of every command:',
    ...columns(optionRows(COMMON_OPTIONS)),
    '',
    'Exit codes:',
    ...columns([
      [String(Exit.ok), 'done; what was looked at is well'],
      [String(Exit.failed), 'it failed, or what was looked at is in trouble'],
      [String(Exit.usage), 'the command line is wrong'],
      [String(Exit.cluster), 'the API server gave no answer, or refused'],
      [String(Exit.timeout), '--timeout passed; what was started goes on'],
      [String(Exit.interrupted), 'interrupted; what was started goes on'],
    ]),
    '',
    `${PLUGIN} COMMAND --help tells more. kubectl completes commands and names when kubectl_complete-db is on the PATH.`,
    '',
  ].join('\n');
}

/** The help of a command. */
export function commandHelp({ name, usage, summary, details, examples, options }: Command): string {
  return [
    `${PLUGIN} ${name}: ${summary}`,
    '',
    `usage: ${PLUGIN} ${name} ${usage}`.trimEnd(),
    ...(details === undefined ? [] : ['', details]),
    ...(Object.keys(options).length === 0 ? [] : ['', 'Options:', ...columns(optionRows(options))]),
    '',
    'Options of every command:',
    ...columns(optionRows(COMMON_OPTIONS)),
    '',
    'Examples:',
    ...examples.map((example) => `  ${PLUGIN} ${name}${example === '' ? '' : ` ${example}`}`),
    '',
  ].join('\n');
}

const optionRows = (options: Options): string[][] =>
  Object.entries(options).map(([name, { short, value, description }]) => [`${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`, description]);

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([first = '']) => first.length));
  return rows.map(([first = '', second = '']) => `  ${first.padEnd(width)}   ${second}`.trimEnd());
}
