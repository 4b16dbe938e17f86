import { describe, expect, test } from 'vitest';
import { examples } from '../fixtures/files.ts';
import { parseRunRequest } from './run-request.ts';

describe('the examples', () => {
  test.each(examples('run-requests', 'dump', 'restore', 'drop', 'discard', 'catalogue', 'check', 'drill', 'upgrade'))('$what is read as it stands', ({ text }) => {
    expect(parseRunRequest(text)).toEqual(JSON.parse(text));
  });

  test.each(examples('run-requests', 'refused'))('$what', ({ text }) => {
    expect(() => parseRunRequest(text)).toThrow('RUN_REQUEST is not a run request of version 1');
  });

  test('hold no credential', () => {
    for (const { text } of examples('run-requests', '')) expect(text).not.toMatch(/password|secret/i);
  });
});

test.each([
  { text: undefined, says: "RUN_REQUEST is not set: the runner is started by the operator's Jobs" },
  { text: '{}', says: 'not a run request' },
  { text: 'null', says: 'not a run request' },
])('$text is refused with the name of the variable', ({ text, says }) => {
  expect(() => parseRunRequest(text)).toThrow(says);
});

test('text that is no JSON is refused', () => {
  expect(() => parseRunRequest('dump orders')).toThrow(SyntaxError);
});
