import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { readWithTool } from './archive-tool.ts';

/** Reads an archive with a script in the place of pg_restore. */
async function readWith(script: string): Promise<string> {
  const bin = await mkdtemp(join(tmpdir(), 'archive-tool-'));
  onTestFinished(() => rm(bin, { recursive: true }));
  await writeFile(join(bin, 'pg_restore'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const source = { location: 'pvc://backups/nightly', open: () => Promise.resolve(Readable.from([])) };
  return readWithTool({ run: { signal: new AbortController().signal }, client: { bin }, backup: { source, file: { name: 'dump.pgcustom.zst', bytes: 0, plainBytes: 0, sha256: '' } } }, ['--list']);
}

test('what pg_restore says of an archive is returned', async () => {
  expect(await readWith('echo "; $1"')).toBe('; --list\n');
});

test.each([
  { what: 'was killed while it listed says nothing about the backup', script: 'kill -KILL $$', reason: 'RestoreFailed', retryable: true, words: 'ended by SIGKILL' },
  { what: 'cannot read an archive calls it corrupt', script: 'echo "pg_restore: error: not an archive" >&2; exit 1', reason: 'BackupCorrupt', retryable: false, words: 'not an archive' },
])('a pg_restore that $what', async ({ script, reason, retryable, words }) => {
  await expect(readWith(script)).rejects.toMatchObject({ reason, retryable, message: expect.stringContaining(words) as string });
});
