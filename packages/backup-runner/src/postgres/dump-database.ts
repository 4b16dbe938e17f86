import type { DumpRequest } from '@postgres-operator/api';
import type { ArchiveContents } from '../archive/archive.ts';
import { readAlong } from '../stages/read-along.ts';
import { dumpArguments } from './dump-arguments.ts';
import { streamTool, type DumpJob, type Stored } from './stream-tool.ts';

/** What passed, and what was found in it on the way. */
export interface Dumped extends Stored {
  readonly plainBytes: number;
  readonly contents: ArchiveContents;
}

/** A database to dump, or a part of it. */
export interface DatabaseDump extends DumpJob {
  readonly request: DumpRequest;
}

/**
 * Streams a database through compression and digest into `output`, in constant memory. Returning means: pg_dump said that it
 * was complete, and so did the archive, read to its last row from the very bytes that were compressed.
 */
export async function dumpDatabase(job: DatabaseDump): Promise<Dumped> {
  const archive = readAlong();
  const stored = await streamTool(job, { program: 'pg_dump', args: dumpArguments(job.request), stage: archive.stream });
  return { ...stored, plainBytes: archive.bytes(), contents: archive.contents() };
}
