import { describe, expect, it } from 'vitest';
import { withoutNewline } from './credentials.ts';
import { redact } from './redact.ts';

describe('a text without secrets', () => {
  it.each([
    ['password "hunter2" failed', ['hunter2'], 'password "***" failed'],
    ['hunter2 hunter2', ['hunter2'], '*** ***'],
    ['hunter2000', ['hunter2', 'hunter2000'], '***'],
    ['a.c abc', ['a.c'], '*** abc'],
    ['nothing', [''], 'nothing'],
  ])('%j without %j', (text, secrets, expected) => expect(redact(text, secrets)).toBe(expected));
});

describe('a credential file', () => {
  it.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' secret ', ' secret '],
  ])('%j holds %j', (text, value) => expect(withoutNewline(text)).toBe(value));
});
