import { describe, expect, test } from 'vitest';
import { parseList } from './archive-plan.ts';
import { countEntries, type EntriesDone } from './entries-done.ts';

const LIST = `;
210; 1259 16390 TABLE public item shop
3400; 0 16390 TABLE DATA public item shop
3401; 0 16395 TABLE DATA a b big table the owner
3300; 2606 16400 CONSTRAINT public item item_pkey shop
3301; 1259 16401 INDEX public item_name shop
3302; 2606 16402 FK CONSTRAINT public item item_fk shop
3303; 0 0 INDEX ATTACH public part_idx shop
3304; 2606 16403 CHECK CONSTRAINT public item positive shop
3305; 0 16410 MATERIALIZED VIEW DATA public totals shop
3306; 2620 16411 TRIGGER public item audit shop
`;
const counting = (jobs: number): EntriesDone => countEntries(parseList(LIST), { jobs });

describe('with one job', () => {
  test('an index is done when the next thing is begun', () => {
    const done = counting(1);
    const shares = [
      'pg_restore: creating TABLE "public.item"',
      'pg_restore: processing data for table "public.item"',
      'pg_restore: creating CONSTRAINT "public.item item_pkey"',
      'pg_restore: creating INDEX "public.item_name"',
      'pg_restore: creating INDEX ATTACH "public.part_idx"',
      'pg_restore: creating CHECK CONSTRAINT "public.item positive"',
      'pg_restore: creating FK CONSTRAINT "public.item item_fk"',
      'pg_restore: executing MATERIALIZED VIEW DATA totals',
      'pg_restore: creating INDEX "public.one_more_than_listed"',
      'pg_restore: creating INDEX "public.and_another"',
    ].map((line) => [done.hear(line), done.indexes()]);
    expect(shares).toEqual([0, 0, 0, 0.25, 0.25, 0.25, 0.5, 0.75, 1, 1].map((share) => [true, share]));
  });
});

describe('with several jobs', () => {
  test('what is finished counts', () => {
    const done = counting(4);
    const shares = [
      'pg_restore: entering main parallel loop',
      'pg_restore: launching item 3400 TABLE DATA item',
      'pg_restore: finished item 3400 TABLE DATA item',
      'pg_restore: creating CONSTRAINT "public.item item_pkey"',
      'pg_restore: finished item 3300 CONSTRAINT item item_pkey',
      'pg_restore: finished item 3300 CONSTRAINT item item_pkey',
      'pg_restore: finished item 3401 TABLE DATA big table',
    ].map((line) => [done.hear(line), done.indexes()]);
    expect(shares).toEqual([0, 0, 0, 0, 0.25, 0.25, 0.25].map((share) => [true, share]));
  });
});

test.each([
  'pg_restore: error: could not execute query: ERROR:  syntax error',
  'pg_restore: warning: errors ignored on restore: 1',
  'pg_restore: while PROCESSING TOC:',
  'pg_restore: from TOC entry 3301; 1259 16401 INDEX item_name shop',
  'Command was: CREATE INDEX item_name ON public.item USING btree (name);',
  '',
])('%j is no progress', (line) => expect(counting(1).hear(line)).toBe(false));

test('an archive without indexes has no share of them', () => expect(countEntries([], { jobs: 1 }).indexes()).toBeUndefined());
