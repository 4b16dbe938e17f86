import { expect, test } from 'vitest';
import { grantStatement } from './roles.ts';

test.each([
  { what: 'of a server before 16', options: null, admin: false, sql: 'grant "team" to "a ""b"""' },
  { what: 'of a server before 16, with the right to pass it on', options: null, admin: true, sql: 'grant "team" to "a ""b""" with admin option' },
  { what: 'of a newer server', options: { inherit: false, set: true, grantor: 'lead' }, admin: true, sql: 'grant "team" to "a ""b""" with admin true, inherit false, set true granted by "lead"' },
])('a membership $what', ({ options, admin, sql }) => {
  expect(grantStatement({ role: 'team', member: 'a "b"', admin, options })).toBe(sql);
});
