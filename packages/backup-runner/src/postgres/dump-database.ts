import type { ArchiveContents } from '../archive/archive.ts';
import { readAlong } from '../stages/read-along.ts';
import { streamTool, type DumpJob, type Stored } from './stream-tool.ts';

/** What passed, and what was found in it on the way. */
export interface Dumped extends Stored {
  readonly plainBytes: number;
  readonly contents: ArchiveContents;
}

// Compression is ours, outside pg_dump: four times as fast as its gzip. A dump waits for a table that is being altered,
// but not for ever: behind its own waiting request, every other session of that table would queue up too.
const ARGUMENTS = ['--format=custom', '--compress=0', '--no-password', '--lock-wait-timeout=300s'];

/**
 * Streams a database through compression and digest into `output`, in constant memory. Returning means: pg_dump said that it
 * was complete, and so did the archive, read to its last row from the very bytes that were compressed.
 */
export async function dumpDatabase(job: DumpJob): Promise<Dumped> {
  const archive = readAlong();
  const stored = await streamTool(job, { program: 'pg_dump', args: ARGUMENTS, stage: archive.stream });
  return { ...stored, plainBytes: archive.bytes(), contents: archive.contents() };
}
