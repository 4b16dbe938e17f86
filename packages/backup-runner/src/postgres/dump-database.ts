import type { ArchiveContents } from '../archive/archive.ts';
import { reportProgress } from '../progress/report.ts';
import { readAlong } from '../stages/read-along.ts';
import { dumpArguments } from './dump-arguments.ts';
import { streamTool, type DumpJob, type Stored } from './stream-tool.ts';

/** What passed, and what was found in it on the way. */
export interface Dumped extends Stored {
  readonly contents: ArchiveContents;
}

/** What to dump, and of which moment. */
export interface DatabaseDump extends DumpJob {
  /** Exported by a session that is still open. */
  readonly snapshot: string;
}

/**
 * Streams a database through compression and digest into `output`, in constant memory. Returning means: pg_dump said that it
 * was complete, and so did the archive, read to its last row from what comes back out of the very bytes that are stored.
 */
export async function dumpDatabase(job: DatabaseDump): Promise<Dumped> {
  const progress = reportProgress(job.run, job.target);
  const archive = readAlong(progress.observer);
  try {
    const stored = await streamTool(job, { program: 'pg_dump', args: [...dumpArguments(job.request), `--snapshot=${job.snapshot}`], look: progress.counting(archive.look) });
    const contents = archive.contents();
    progress.finish();
    return { ...stored, contents };
  } finally {
    progress.stop();
  }
}
