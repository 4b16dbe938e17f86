import { describe, expect, test } from 'vitest';
import { createTerminal, type Sink } from './terminal.ts';

const paper = (isTTY: boolean, columns?: number): Sink & { text: string } => {
  const sink = {
    text: '',
    isTTY,
    ...(columns !== undefined && { columns }),
    write(text: string) {
      sink.text += text;
    },
  };
  return sink;
};

describe('Color', () => {
  test.each([
    { where: 'on a terminal', isTTY: true, environment: {}, says: '\u001b[32mReady\u001b[0m' },
    { where: 'in a pipe', isTTY: false, environment: {}, says: 'Ready' },
    { where: 'on a terminal that cannot show it', isTTY: true, environment: { TERM: 'dumb' }, says: 'Ready' },
    { where: 'for whoever wants none', isTTY: true, environment: { NO_COLOR: '1' }, says: 'Ready' },
    { where: 'with NO_COLOR empty, which says nothing', isTTY: true, environment: { NO_COLOR: '' }, says: '\u001b[32mReady\u001b[0m' },
  ])('$where: $says', ({ isTTY, environment, says }) => expect(createTerminal(paper(isTTY), paper(isTTY), environment).paint.good('Ready')).toBe(says));
});

describe('What is live', () => {
  test('stays on one line of a terminal, cut to its width, and is gone when an answer comes', () => {
    const [stdout, stderr] = [paper(true), paper(true, 8)];
    const terminal = createTerminal(stdout, stderr, {});
    terminal.live('10 percent', 'a');
    terminal.live('20 percent', 'a');
    terminal.out('done');
    expect([stdout.text, stderr.text]).toEqual(['done\n', '\r\u001b[2K10 perc\r\u001b[2K20 perc\r\u001b[2K']);
  });

  test('is a line for each step in a pipe, and the answer stands alone', () => {
    const [stdout, stderr] = [paper(false), paper(false)];
    const terminal = createTerminal(stdout, stderr, {});
    terminal.live('10 percent', 'a');
    terminal.live('19 percent', 'a');
    terminal.live('20 percent', 'b');
    terminal.note('and so on');
    terminal.out('done');
    expect([stdout.text, stderr.text]).toEqual(['done\n', '10 percent\n20 percent\nand so on\n']);
  });
});
