import { describe, expect, test } from 'vitest';
import { lastLines } from './last-lines.ts';

describe('the last words of a container', () => {
  test.each([
    { why: 'nothing of nothing', message: undefined, words: '' },
    { why: 'the end of what it said', message: '1\n2\n3\n4\n\n5\n', words: '2 | 3 | 4 | 5' },
    { why: 'what it ended for, however much it said afterwards', message: 'LOG:  redo done\n[27] FATAL:  could not write: No space left on device\nLOG:  a\nLOG:  b\nLOG:  c\nLOG:  d', words: 'LOG:  redo done | [27] FATAL:  could not write: No space left on device' },
    { why: 'not what it said to a client', message: 'PANIC:  no\nFATAL:  the database system is starting up\nLOG:  end', words: 'PANIC:  no' },
  ])('$why', ({ message, words }) => {
    expect(lastLines(message)).toBe(words);
  });
});
