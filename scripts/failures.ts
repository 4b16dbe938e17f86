// What failed in a run of tests, for its end: in CI that is what is read first, and often all that is kept.
import { relative } from 'node:path';

/** What vitest's JSON report holds of interest. */
export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  readonly name: string;
  /** Why the file could not be run; empty otherwise. */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages?: readonly string[] | null;
    readonly meta?: { readonly evidence?: readonly string[] };
  }[];
}

/** More of an error is its place in the code, or the objects that were compared, both of which the run has shown. */
const LINES_OF_A_FAILURE = 3;

/** Each test that failed and each file that could not be run, with the reason, and with what was there where the test kept it. */
export const failuresIn = ({ testResults }: Report, root: string): string[] => testResults.flatMap((file) => failuresOf(file, relative(root, file.name)));

function failuresOf({ message, assertionResults }: TestFile, file: string): string[] {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  const told = failed.map(({ fullName, failureMessages, meta }) => {
    const why = (failureMessages ?? []).flatMap((text) => text.split('\n').slice(0, LINES_OF_A_FAILURE));
    return [`✗ ${file}: ${fullName}`, ...why, ...(meta?.evidence ?? [])].join('\n    ');
  });
  return message === '' ? told : [...told, `✗ ${file}: ${message}`];
}
