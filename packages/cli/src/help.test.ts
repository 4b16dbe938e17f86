import { describe, expect, test } from 'vitest';
import { COMMANDS } from './commands/index.ts';
import { Exit } from './exit.ts';
import { commandHelp, pluginHelp } from './help.ts';

describe('The help', () => {
  test('of the plugin has a line for each command, and for each exit code', () => {
    const lines = pluginHelp(COMMANDS).split('\n');
    for (const { name, summary } of COMMANDS) expect(lines.filter((line) => line.startsWith(`  ${name} `) && line.endsWith(summary))).toHaveLength(1);
    for (const code of Object.values(Exit)) expect(lines.filter((line) => line.startsWith(`  ${code} `))).toHaveLength(1);
  });

  test.each(COMMANDS.map((command) => [command.name, command] as const))('of %s has its usage, its options and an example', (name, command) => {
    const help = commandHelp(command);
    expect(help).toContain(`usage: kubectl db ${name}`);
    for (const option of Object.keys(command.options)) expect(help).toContain(`--${option}`);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) expect(help).toContain(`kubectl db ${name} ${example}`.trimEnd());
  });
});
