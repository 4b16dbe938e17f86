import { expect, test } from 'vitest';
import { parseSequences } from './sequences.ts';

test.each<{ why: string; sql: string; says: ReturnType<typeof parseSequences> }>([
  { why: 'one that has given numbers', sql: `SELECT pg_catalog.setval('public.item_id_seq', 42, true);`, says: [{ name: 'public.item_id_seq', value: '42' }] },
  { why: 'one that has given none', sql: `SELECT pg_catalog.setval('public.item_id_seq', 1, false);`, says: [{ name: 'public.item_id_seq', value: undefined }] },
  { why: 'one that counts down', sql: `SELECT pg_catalog.setval('public.down', -7, true);`, says: [{ name: 'public.down', value: '-7' }] },
  { why: 'one with quotes in its name', sql: `SELECT pg_catalog.setval('public."it''s ""a"" $1"', 3, true);`, says: [{ name: `public."it's ""a"" $1"`, value: '3' }] },
  { why: 'what else pg_restore writes', sql: `--\n-- Name: a; Type: SEQUENCE SET\n--\nSET lock_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\\restrict x\n`, says: [] },
])('it reads $why', ({ sql, says }) => {
  expect(parseSequences(sql)).toEqual(says);
});
