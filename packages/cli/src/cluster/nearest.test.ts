import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const NAMES = ['shop', 'shops', 'blog', 'orders-archive'];
test.each([
  ['shpo', 'shop'],
  ['sop', 'shop'],
  ['shop1', 'shop'],
  ['order-archiv', 'orders-archive'],
  ['blgo', 'blog'],
  ['xy', undefined],
  ['warehouse', undefined],
  ['', undefined],
])('Whoever types %j means %j', (typed, name) => expect(nearest(typed, NAMES)).toBe(name));
