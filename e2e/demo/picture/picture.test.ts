import { expect, it } from 'vitest';
import { drawTerminal } from './draw.ts';
import { screenOf, withoutPauses } from './screen.ts';

const RECORD = [
  ['> postgres-operator@0.1.0 demo', 0.4],
  ['▸ Database shop: created → Ready (usually 8 s)', 1],
  ['  … Database shop: created → Ready: 15 s', 16],
  ['✓ Database shop: created → Ready: 17 s', 18],
  ['', 19],
  ['What each table held:', 19],
  ['', 19],
  ['  orders  10 rows  ✓ equal', 19],
  ['', 19],
  ['  NAME  of another part', 19],
  ['What the bucket holds:', 19],
  ['  a-key', 19],
  ['✓ Every table is what it was before the damage.', 19],
  ['The cluster keeps running. To look around:', 19],
  ['  export KUBECONFIG=/somewhere', 19],
].map(([text, at]) => ({ text: String(text), at: Number(at) }));

it('Pauses are shortened, and nothing else', () => {
  expect(withoutPauses(RECORD.slice(0, 5), 3).map(({ at }) => at)).toEqual([0.4, 1, 4, 6, 7]);
});

it('A step has one row, which says first that it is at work and then how long it took; of the report what matters is shown, and no path', () => {
  expect(screenOf('$ npm run demo', RECORD)).toEqual([
    { text: '$ npm run demo', at: 0 },
    { text: '✓ Database shop: created → Ready: 17 s', at: 18, before: { text: '▸ Database shop: created → Ready …', at: 1 } },
    { text: '', at: 19 },
    { text: 'What each table held:', at: 19 },
    { text: '  orders  10 rows  ✓ equal', at: 19 },
    { text: '', at: 19 },
    { text: '✓ Every table is what it was before the damage.', at: 19 },
  ]);
});

it('A line that is wider than the picture goes on in the next row', () => {
  const long = `  ${'word '.repeat(30)}end`;
  const rows = screenOf('', [{ text: 'What the drill found:', at: 1 }, { text: long, at: 1 }, { text: 'x'.repeat(200), at: 1 }]).slice(3);
  expect(rows.map(({ text }) => text)).toEqual([`  ${'word '.repeat(21)}`.trimEnd(), `  ${'word '.repeat(9)}end`, 'x'.repeat(200)]);
});

it('A row is drawn when its time comes, and that of a step at work until it is done; what is printed means nothing to SVG', () => {
  const svg = drawTerminal('A demo', [{ text: '$ a < b', at: 0 }, { text: '✓ Done: 2 s', at: 3.456, before: { text: '▸ Done …', at: 1 } }]);
  expect(svg).toContain('style="animation-delay:0s">$ a &lt; b</text>');
  expect(svg).toMatch(/class="gone" style="animation-delay:1s;animation-duration:2.46s">▸ Done …<.*class="there" style="animation-delay:3.46s">✓ Done: 2 s</);
  expect(svg).toMatch(/viewBox="0 0 \d+ 62"/);
  expect(svg).not.toContain('<script');
});
