// One dump, top to bottom: choose the client, stream pg_dump through compression and digest into the storage, describe what
// was stored in a manifest, and with that make the backup exist.
import type { DumpRequest, DumpSucceeded } from '@postgres-operator/api';
import { readCredentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { clientForDump, restoresInto } from '../postgres/client-choice.ts';
import { findClients, type Client } from '../postgres/client-tools.ts';
import { databaseFacts, databaseSize, type DatabaseFacts } from '../postgres/server-facts.ts';
import { partOf } from '../postgres/dump-arguments.ts';
import { dumpDatabase, type Dumped } from '../postgres/dump-database.ts';
import { dumpGlobals } from '../postgres/dump-globals.ts';
import { DUMP_FILE, GLOBALS_FILE, formatManifest, manifestDatabase, type Manifest, type StoredFile } from '../storage/manifest.ts';
import { openSink, openSource, type BackupSink } from '../storage/storage.ts';
import { reportCompleted, succeeded } from './completed.ts';

/** Dumps a database into its place in the storage. Repeated after success, it reports the first success. */
export async function dump(request: DumpRequest, run: Run): Promise<DumpSucceeded> {
  const startedAt = new Date().toISOString();
  const source = await openSource(request.destination, run);
  const completed = await source.readManifest();
  if (completed !== undefined) return reportCompleted({ ...request, run, source }, completed);
  const target = { ...request.server, ...(await readCredentials(run.environment.credentialsFolder, 'backup')) };
  const { facts, size } = await withConnection(run, target, async (session) => ({
    facts: await databaseFacts(session, request.server.database),
    size: await databaseSize(session),
  }));
  const client = clientForDump(await findClients(run), facts.serverMajor);
  if (!restoresInto(client, facts.serverMajor)) run.log('client too new to restore what it dumps', { level: 'warn', serverVersion: facts.serverVersion, clientVersion: client.version });
  run.log('dumping', { serverVersion: facts.serverVersion, clientVersion: client.version, databaseBytes: size });
  const sink = await openSink(request.destination, run, size);
  try {
    return await dumpInto(sink, { request, run, target, facts, client, startedAt });
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

interface Dump {
  readonly request: DumpRequest;
  readonly run: Run;
  readonly target: Target;
  readonly facts: DatabaseFacts;
  readonly client: Client;
  readonly startedAt: string;
}

async function dumpInto(sink: BackupSink, work: Dump): Promise<DumpSucceeded> {
  const { run } = work;
  const { file, contents } = await storeDump(sink, work);
  run.log('dumped', { bytes: file.bytes, plainBytes: file.plainBytes, tables: contents.tables.length, rows: contents.rows });
  const manifest = describe(work, [file, await storeGlobals(sink, work)], contents);
  // The last moment at which a stop request leaves nothing behind.
  run.signal.throwIfAborted();
  return succeeded(manifest, file, await sink.commit(formatManifest(manifest)));
}

async function storeDump(sink: BackupSink, work: Dump): Promise<{ file: StoredFile; contents: Dumped['contents'] }> {
  const { output, publish } = await sink.create(DUMP_FILE);
  const { contents, ...stored } = await dumpDatabase({ ...work, output, location: work.request.destination.location });
  return { file: { name: DUMP_FILE, ...stored, ...(await publish(stored)) }, contents };
}

async function storeGlobals(sink: BackupSink, work: Dump): Promise<StoredFile> {
  const { output, publish } = await sink.create(GLOBALS_FILE);
  const stored = await dumpGlobals({ ...work, output, location: work.request.destination.location });
  return { name: GLOBALS_FILE, ...stored, ...(await publish(stored)) };
}

const describe = ({ request, facts, client, startedAt }: Dump, files: readonly StoredFile[], { rows, tables }: Dumped['contents']): Manifest => ({
  formatVersion: 1,
  location: request.destination.location,
  object: request.object,
  database: manifestDatabase(facts),
  serverVersion: facts.serverVersion,
  clientVersion: client.version,
  operatorVersion: request.operatorVersion,
  selection: partOf(request.selection),
  startedAt,
  finishedAt: new Date().toISOString(),
  files,
  rows,
  tables,
});
