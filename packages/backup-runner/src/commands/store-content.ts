// Everything that is read from one server, at one moment: the facts of the manifest, the roles, and the dump.
import type { DumpRequest } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { contentFacts, type ContentFacts } from '../postgres/content-facts.ts';
import type { Client } from '../postgres/client-choice.ts';
import type { Target } from '../postgres/connect.ts';
import { dumpDatabase, type Dumped } from '../postgres/dump-database.ts';
import { dumpGlobals } from '../postgres/dump-globals.ts';
import { withSnapshot, type Snapshot } from '../postgres/snapshot.ts';
import { refuseUnlogged } from '../postgres/standby.ts';
import { DUMP_FILE, GLOBALS_FILE, type StoredFile } from '../storage/manifest.ts';
import type { BackupSink } from '../storage/contract.ts';

/** What to read, and from which server. */
export interface ContentJob {
  readonly request: DumpRequest;
  readonly run: Run;
  readonly target: Target;
  readonly client: Client;
}

/** What was stored, and what the manifest says of it. */
export interface Content {
  readonly snapshot: Snapshot;
  readonly facts: ContentFacts;
  readonly dump: StoredFile;
  readonly globals: StoredFile;
  readonly contents: Dumped['contents'];
}

/** Stores the content of a database. */
export async function storeContent(sink: BackupSink, job: ContentJob): Promise<Content> {
  return withSnapshot(job.run, job.target, async (snapshot, session) => {
    if (snapshot.isStandby) await refuseUnlogged(session);
    const facts = await contentFacts(session, job.target.database);
    // Roles are of no snapshot, and hours later some that the dump needs may be gone.
    const publishGlobals = await writeGlobals(sink, job);
    const { dump, contents } = await storeDump(sink, job, snapshot.id);
    return { snapshot, facts, dump, globals: await publishGlobals(), contents };
  });
}

async function storeDump(sink: BackupSink, job: ContentJob, snapshot: string): Promise<Pick<Content, 'dump' | 'contents'>> {
  const { output, publish } = await sink.create(DUMP_FILE);
  const { contents, ...stored } = await dumpDatabase({ ...job, output, snapshot, location: job.request.destination.location });
  const dump = { name: DUMP_FILE, ...stored, ...(await publish(stored)) };
  job.run.log('dumped', { bytes: dump.bytes, plainBytes: dump.plainBytes, tables: contents.tables.length, rows: contents.rows });
  return { dump, contents };
}

/** Published after the dump: a run that is killed meanwhile, which is most of its time, leaves no object of it. */
async function writeGlobals(sink: BackupSink, job: ContentJob): Promise<() => Promise<StoredFile>> {
  const { output, publish } = await sink.create(GLOBALS_FILE);
  const stored = await dumpGlobals({ ...job, output, location: job.request.destination.location });
  return async () => ({ name: GLOBALS_FILE, ...stored, ...(await publish(stored)) });
}
