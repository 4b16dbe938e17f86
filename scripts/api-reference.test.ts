import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { int64, stringEnum, time } from '../packages/api/src/dialect.ts';
import { apiReference } from './api-reference.ts';

const kind = {
  kind: 'Note',
  plural: 'notes',
  singular: 'note',
  shortNames: ['nt'],
  description: 'A Note is a text.',
  spec: Type.Object(
    {
      color: stringEnum(['Red', 'Blue'], { description: 'Its color.', default: 'Red' }),
      lines: Type.Array(Type.Object({ text: Type.String({ description: 'What is on <it> | or not.', maxLength: 80 }) }, { description: 'A line.' }), { description: 'Its lines.', maxItems: 9 }),
    },
    { description: 'The note.', 'x-kubernetes-validations': [{ rule: 'true', message: 'lines must not rhyme' }] },
  ),
  status: Type.Object({ readAt: Type.Optional(time('When it was read.')), readers: Type.Optional(int64('By how many.')) }, { description: 'What is known.' }),
  printerColumns: [{ name: 'Color', type: 'string', jsonPath: '.spec.color', description: 'Its color', priority: 1 }],
} as const;

const page = apiReference([kind], 'Generated').split('\n');

test.each([
  ['its names', 'A Note is a text. As kubectl knows it: `notes`, `nt`.'],
  ['what has a default is not required, and says its values', '| `spec.color` | string | Its color. Default: Red. One of `Red`, `Blue`. |'],
  ['a list', '| `spec.lines[]` (required) | list of object | Its lines. At most 9. |'],
  ['what is in its items, as a cell of a table', '| `spec.lines[].text` (required) | string | What is on &lt;it> \\| or not. At most 80 characters. |'],
  ['a time', '| `status.readAt` | time | When it was read. |'],
  ['a rule', '- `spec`: lines must not rhyme'],
  ['a column', '| Color | with `-o wide` | Its color |'],
])('The API reference tells %s', (_what, line) => expect(page).toContain(line));
