import { expect, test } from 'vitest';
import { failuresIn } from './failures.ts';

const file = (name: string, ...assertionResults: Parameters<typeof failuresIn>[0]['testResults'][number]['assertionResults'][number][]): object => ({ name: `/clone/${name}`, message: '', assertionResults });
const report = (...testResults: object[]): Parameters<typeof failuresIn>[0] => ({ numPassedTests: 0, numFailedTests: 0, testResults: testResults as never });

test.each<[what: string, seen: Parameters<typeof failuresIn>[0], said: string[]]>([
  ['nothing where all passed', report(file('a.test.ts', { fullName: 'adds', status: 'passed' }, { fullName: 'waits', status: 'pending' })), []],
  [
    'the test, the first lines of its error, and what was there',
    report(file('e2e/a.test.ts', { fullName: 'A story fails', status: 'failed', failureMessages: ['Error: no\none\ntwo\nthree'], meta: { evidence: ['shop-0 Running', 'shop-0: PANIC'] } })),
    ['✗ e2e/a.test.ts: A story fails\n    Error: no\n    one\n    two\n    shop-0 Running\n    shop-0: PANIC'],
  ],
  ['a file that could not be run', report({ ...file('b.test.ts'), message: 'Cannot find module' }), ['✗ b.test.ts: Cannot find module']],
  ['a test without an error', report(file('c.test.ts', { fullName: 'hangs', status: 'failed', failureMessages: null })), ['✗ c.test.ts: hangs']],
])('The end of a run says %s', (_, seen, said) => {
  expect(failuresIn(seen, '/clone')).toEqual(said);
});
