// The server of a drill: it runs in a container beside the runner, with nothing in it yet, and trusts whoever reaches its socket.
import { escapeIdentifier, type Client } from 'pg';
import { POSTGRES_PORT, SUPERUSER, type DrillRequest, type RestoreRequest } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { databaseFacts, type DatabaseFacts } from '../postgres/server-facts.ts';
import { requirePossible } from '../restore/fit.ts';
import { restoreNames } from '../restore/names.ts';
import type { Work } from '../restore/work.ts';
import type { Manifest } from '../storage/manifest.ts';

/** Loads the content, as a database's owner does in a restore: what comes with it gets no more rights than there. */
const LOADER = 'database_operator_drill';

interface Drill {
  readonly request: DrillRequest;
  readonly run: Run;
  readonly manifest: Manifest;
  readonly startedAt: string;
}

/** Waits for the server, and makes of the drill the work of a restore: beside a live database that is only in the manifest. */
export async function throwAwayWork({ request, run, manifest, startedAt }: Drill): Promise<{ work: Work; live: DatabaseFacts }> {
  const { environment } = run;
  const target = (user: string, database: string): Target => ({ host: environment.drillFolder, port: POSTGRES_PORT, user, password: '', database });
  const superuser = target(SUPERUSER, 'postgres');
  const patient = { ...run, environment: { ...environment, connectRetries: environment.startRetries } };
  const facts = await withConnection(patient, superuser, async (session) => {
    await createRoles(session, [LOADER, ...(manifest.roles ?? [])]);
    return databaseFacts(session, 'postgres');
  });
  const { name, encoding, locale } = manifest.database;
  const names = restoreNames(name, request.object.uid);
  const restore: RestoreRequest = {
    ...request,
    command: 'restore',
    server: { host: superuser.host, port: superuser.port, database: name },
    targetDatabase: names.beside,
    // What a live server must be guarded against does no harm here.
    allowedExtensions: (manifest.extensions ?? []).map((extension) => extension.name),
  };
  requirePossible(manifest, facts, restore);
  const work = { request: restore, run, startedAt, names, target: names.beside, superuser, owner: target(LOADER, names.beside) };
  return { work, live: { ...facts, name, encoding, locale, owner: LOADER } };
}

/** The content may name them, in policies and privileges. Who they are on the live server does not matter. */
async function createRoles(session: Client, roles: readonly string[]): Promise<void> {
  const { rows } = await session.query<{ name: string }>('select name from unnest($1::text[]) name where name not in (select rolname::text from pg_roles)', [roles]);
  for (const { name } of rows) await session.query(`create role ${escapeIdentifier(name)}${name === LOADER ? ' login' : ''}`);
}
