// One dump, top to bottom: choose the client, stream pg_dump through compression and digest into a temporary folder,
// describe it in a manifest, and only then give it its name.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { shortUid, type DumpRequest, type DumpSucceeded } from '@postgres-operator/api';
import { readCredentials, type Credentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { chooseClient, findClients, type Client } from '../postgres/client-tools.ts';
import { databaseFacts, type DatabaseFacts } from '../postgres/server-facts.ts';
import { dumpDatabase } from '../postgres/dump-database.ts';
import { dumpGlobals } from '../postgres/dump-globals.ts';
import { openClaimSink, type ClaimSink } from '../storage/claim-sink.ts';
import { readManifest, verifyFile, type StoredManifest } from '../storage/claim-source.ts';
import { DUMP_FILE, GLOBALS_FILE, MANIFEST_FILE, countsOf, dumpFileOf, formatManifest, knownFilesOf, manifestDatabase, type Manifest, type StoredFile } from '../storage/manifest.ts';
import { safeParts } from '../storage/safe-path.ts';
import { storageError } from '../storage/storage-error.ts';

/** Dumps a database into a folder of the claim. Repeated after success, it reports the first success. */
export async function dump(request: DumpRequest, run: Run): Promise<DumpSucceeded> {
  const startedAt = new Date().toISOString();
  const completed = await readManifest(run.environment.storageFolder, request.destination.path);
  if (completed !== undefined) return reportCompleted(request, run, completed);
  const credentials = await readCredentials(run.environment.credentialsFolder, 'backup');
  const target = { ...request.server, ...credentials };
  const facts = await withConnection(run, target, (client) => databaseFacts(client, request.server.database));
  const client = chooseClient(await findClients(run.environment.toolsFolder), facts.serverMajor);
  run.log('dumping', { serverVersion: facts.serverVersion, clientVersion: client.version });
  const sink = await openClaimSink(run.environment.storageFolder, request.destination.path);
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
  readonly target: Target & Credentials;
  readonly facts: DatabaseFacts;
  readonly client: Client;
  readonly startedAt: string;
}

async function dumpInto(sink: ClaimSink, work: Dump): Promise<DumpSucceeded> {
  const { request, run, facts, client, startedAt } = work;
  const { contents, ...stored } = await dumpDatabase({ ...work, output: await sink.create(DUMP_FILE), location: request.destination.location });
  run.log('dumped', { bytes: stored.bytes, plainBytes: stored.plainBytes, tables: contents.tables.length, rows: contents.rows });
  const file: StoredFile = { name: DUMP_FILE, ...stored };
  const globals = await dumpGlobals({ ...work, output: await sink.create(GLOBALS_FILE), location: request.destination.location });
  const manifest: Manifest = {
    formatVersion: 1,
    location: request.destination.location,
    object: request.object,
    database: manifestDatabase(facts),
    serverVersion: facts.serverVersion,
    clientVersion: client.version,
    operatorVersion: request.operatorVersion,
    startedAt,
    finishedAt: new Date().toISOString(),
    files: [file, { name: GLOBALS_FILE, ...globals }],
    rows: contents.rows,
    tables: contents.tables,
  };
  const manifestSha256 = await writeManifest(sink, manifest);
  // The last moment at which a stop request leaves nothing behind.
  run.signal.throwIfAborted();
  await sink.commit();
  return succeeded(manifest, file, manifestSha256);
}

/** Writes the manifest, reads it back, and returns the digest of what was read. */
async function writeManifest(sink: ClaimSink, manifest: Manifest): Promise<string> {
  const text = formatManifest(manifest);
  const path = join(sink.folder, MANIFEST_FILE);
  try {
    await pipeline([Buffer.from(text)], await sink.create(MANIFEST_FILE));
    const stored = await readFile(path);
    if (stored.toString('utf8') !== text) throw new RunError('StorageFailed', `${path} reads back differently from what was written`);
    return createHash('sha256').update(stored).digest('hex');
  } catch (error) {
    throw storageError(error, path);
  }
}

/** An earlier attempt completed and its result was lost: what it wrote is checked and reported, never dumped over. */
async function reportCompleted(request: DumpRequest, run: Run, { manifest, sha256 }: StoredManifest): Promise<DumpSucceeded> {
  const { location, path } = request.destination;
  if (manifest.object.uid !== request.object.uid) {
    throw new RunError('StorageFailed', `${location} already holds the backup ${manifest.object.namespace}/${manifest.object.name} (uid ${shortUid(manifest.object.uid)}…); it is not written over`);
  }
  const file = dumpFileOf(manifest);
  if (file === undefined) throw new RunError('BackupCorrupt', `the manifest of ${location} names no ${DUMP_FILE}`);
  for (const stored of knownFilesOf(manifest)) await verifyFile(join(run.environment.storageFolder, ...safeParts(path)), stored, run.signal);
  run.log('already dumped', { finishedAt: manifest.finishedAt });
  return succeeded(manifest, file, sha256);
}

const succeeded = (manifest: Manifest, file: StoredFile, manifestSha256: string): DumpSucceeded => ({
  v: 1,
  outcome: 'succeeded',
  command: 'dump',
  location: manifest.location,
  bytes: file.bytes,
  plainBytes: file.plainBytes,
  sha256: file.sha256,
  manifestSha256,
  ...countsOf(manifest),
  serverVersion: manifest.serverVersion,
  clientVersion: manifest.clientVersion,
  startedAt: manifest.startedAt,
  finishedAt: manifest.finishedAt,
});
