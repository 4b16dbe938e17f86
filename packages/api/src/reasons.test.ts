// Whoever meets a reason finds it in docs/failure-modes.md, with what to do.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LostReason, Reason, ServerTrouble, UPGRADE_REASONS } from './reasons.ts';
import { RUN_FAILURE_REASONS } from './run-result.ts';

const text = readFileSync(new URL('../../../docs/failure-modes.md', import.meta.url), 'utf8');

/** First cells of the tables, headings, and the bold words that paragraphs begin with. */
const explained = new Set(text.split('\n').flatMap((line) => /^\| ([^|]*) \||^## (.*)|^\*\*(.*?)\.\*\*/.exec(line)?.slice(1).join(' ').match(/[A-Z][A-Za-z]+/g) ?? []));

/** All is well, or the condition only repeats what the phase says. */
const NOTHING_TO_DO: readonly string[] = [
  Reason.BackupInProgress,
  Reason.BackupFailed,
  Reason.BackupCompleted,
  Reason.RestoreInProgress,
  Reason.RestoreCompleted,
  Reason.OwnerSuffices,
];

describe('docs/failure-modes.md explains', () => {
  test.each([...RUN_FAILURE_REASONS])('%s, with which a runner ends', (reason) => expect(explained).toContain(reason));
  test.each(Object.values(ServerTrouble))('%s, with which a server does not run', (reason) => expect(explained).toContain(reason));
  test.each([...UPGRADE_REASONS])('%s, which keeps a database from a newer major', (reason) => expect(explained).toContain(reason));
  test.each(Object.values(LostReason))('%s, with which a runner was lost', (reason) => expect(explained).toContain(reason));
  test.each(Object.values(Reason).filter((reason) => !NOTHING_TO_DO.includes(reason)))('%s, which a condition of a run says', (reason) => expect(explained).toContain(reason));
});
