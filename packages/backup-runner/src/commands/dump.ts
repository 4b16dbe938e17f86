// One dump, top to bottom: choose the client, stream pg_dump through compression and digest into the storage, describe what
// was stored in a manifest, and with that make the backup exist.
import type { DumpRequest, DumpSucceeded } from '@postgres-operator/api';
import { readCredentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { clientForDump, restoresInto, type Client } from '../postgres/client-choice.ts';
import { findClients } from '../postgres/client-tools.ts';
import { databaseFacts, databaseSize } from '../postgres/server-facts.ts';
import { partOf } from '../postgres/dump-arguments.ts';
import { formatManifest, manifestDatabase, type Manifest } from '../storage/manifest.ts';
import type { BackupSink } from '../storage/contract.ts';
import { openSink, openSource } from '../storage/open.ts';
import { readFromBest, type Source } from './best-source.ts';
import { reportCompleted, succeeded } from './completed.ts';
import { storeContent, type Content } from './store-content.ts';

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
  const client = clientForDump(await findClients(run), Math.max(facts.serverMajor, request.clientMajor ?? 0));
  if (request.clientMajor === undefined && !restoresInto(client, facts.serverMajor)) run.log('client too new to restore what it dumps', { level: 'warn', serverVersion: facts.serverVersion, clientVersion: client.version });
  run.log('dumping', { serverVersion: facts.serverVersion, clientVersion: client.version, databaseBytes: size });
  const sink = await openSink(request.destination, run, size);
  try {
    return await dumpInto(sink, { request, run, target, client, startedAt });
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

interface Dump {
  readonly request: DumpRequest;
  readonly run: Run;
  /** The primary. */
  readonly target: Target;
  readonly client: Client;
  readonly startedAt: string;
}

async function dumpInto(sink: BackupSink, work: Dump): Promise<DumpSucceeded> {
  const { request, run, target } = work;
  const { value, source } = await readFromBest({
    request,
    run,
    primary: target,
    read: (server) => storeContent(sink, { ...work, target: server }),
    startOver: () => sink.startOver(),
  });
  const manifest = describe(work, value, source);
  // The last moment at which a stop request leaves nothing behind.
  run.signal.throwIfAborted();
  return succeeded(manifest, value.dump, await sink.commit(formatManifest(manifest)));
}

const describe = ({ request, client, startedAt }: Dump, { snapshot, facts, dump, globals, contents }: Content, source: Source): Manifest => ({
  formatVersion: 1,
  location: request.destination.location,
  object: request.object,
  database: manifestDatabase(facts),
  serverVersion: facts.database.serverVersion,
  clientVersion: client.version,
  operatorVersion: request.operatorVersion,
  selection: partOf(request.selection),
  ...source,
  snapshot: { time: snapshot.time, lsn: snapshot.lsn, timeline: snapshot.timeline },
  startedAt,
  finishedAt: new Date().toISOString(),
  files: [dump, globals],
  extensions: facts.extensions,
  roles: facts.roles,
  superuserOnly: facts.superuserOnly,
  rows: contents.rows,
  tables: contents.tables,
});
