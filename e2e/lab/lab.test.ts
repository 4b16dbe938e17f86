import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { commandsOf, shellBlocks } from '../documents/commands.ts';
import { LAB, LEFT_OUT, labCommands, whyLeftOut } from './lab.ts';

/** SHA-256 of the lab's own bash blocks between "## Exercise 1" and "## Lab Summary", joined by a line feed. */
const BLOCKS_AS_PRINTED = '30527251e623a7a3dfa287ef204b81ca07ff5c9bcc3bde0ec7d961a2198dda17';

describe('The commands of lab 8.3', () => {
  const all = commandsOf(LAB);

  it('are byte for byte those that the lab prints', () => {
    const blocks = shellBlocks(LAB).map(({ lines }) => lines.join('\n'));
    expect(createHash('sha256').update(blocks.join('\n')).digest('hex')).toBe(BLOCKS_AS_PRINTED);
  });

  it('that kubectl runs are typed, all of them', () => {
    expect(labCommands()).toEqual(all.filter(({ text }) => /^(kubectl|echo)\b/.test(text)));
  });

  it.each(LEFT_OUT)('those that start with "$starts" are there, and left out for a reason', ({ starts }) => {
    const left = all.filter(({ text }) => text.startsWith(starts));
    expect(left).not.toEqual([]);
    for (const command of left) expect(whyLeftOut(command)).toMatch(/\w+ \w+/);
  });
});
