import { describe, expect, test } from 'vitest';
import { admission, type Reviews } from './admission.ts';

const PROMETHEUS = { username: 'system:serviceaccount:monitoring:prometheus', groups: ['system:serviceaccounts'] };
const reviews: Reviews = {
  accountOf: (token) => Promise.resolve({ known: PROMETHEUS, other: { username: 'other' } }[token]),
  mayGet: ({ username }, path) => Promise.resolve(username === PROMETHEUS.username && path === '/metrics'),
};
const refusalOf = async (authorization?: string, path = '/metrics', asked = reviews): Promise<number | undefined> => (await admission(asked)(path, authorization))?.status;

describe('who asks for the metrics', () => {
  test.each([
    { why: 'with a token of an account that may read them is let in', authorization: 'Bearer known', status: undefined },
    { why: 'so is one who writes it small', authorization: 'bearer known', status: undefined },
    { why: 'without a token is not', authorization: undefined, status: 401 },
    { why: 'with a password is not', authorization: 'Basic a25vd246', status: 401 },
    { why: 'with two words for a token is not', authorization: 'Bearer known known', status: 401 },
    { why: 'with a token that is nobody\'s is not', authorization: 'Bearer forged', status: 401 },
    { why: 'with an account that may not read them is not', authorization: 'Bearer other', status: 403 },
  ])('$why', async ({ authorization, status }) => {
    expect(await refusalOf(authorization)).toBe(status);
  });

  test('may not have another path for that', async () => {
    expect(await refusalOf('Bearer known', '/debug')).toBe(403);
  });

  test('is not let in while the API server says nothing', async () => {
    expect(await refusalOf('Bearer known', '/metrics', { ...reviews, accountOf: () => Promise.reject(new Error('gone')) })).toBe(503);
    expect(await refusalOf('Bearer known', '/metrics', { ...reviews, mayGet: () => Promise.reject(new Error('gone')) })).toBe(503);
  });

  test('waits for nobody: of more than four at a time the API server is not asked', async () => {
    const waiting: (() => void)[] = [];
    const refusal = admission({ ...reviews, accountOf: () => new Promise((resolve) => waiting.push(() => resolve(PROMETHEUS))) });
    const four = Array.from({ length: 4 }, () => refusal('/metrics', 'Bearer known'));
    expect((await refusal('/metrics', 'Bearer known'))?.status).toBe(429);
    for (const answer of waiting) answer();
    expect(await Promise.all(four)).toEqual([undefined, undefined, undefined, undefined]);
    const next = refusal('/metrics', 'Bearer known');
    waiting.at(-1)?.();
    expect(await next).toBeUndefined();
  });
});
