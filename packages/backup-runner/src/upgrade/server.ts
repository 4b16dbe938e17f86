// The server that a step of a major upgrade works on.
import type { Client } from 'pg';
import { primaryFacts, type PrimaryFacts } from '../check/primary.ts';
import { readCredentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { maintenanceDatabase } from '../restore/names.ts';
import { superuserIn } from '../restore/work.ts';

/** Who the server is, and how the superuser reaches it. */
export interface UpgradeServer extends PrimaryFacts {
  /** Connected to a database that is not the one that is upgraded. */
  readonly superuser: Target;
  /** Connected to the one that is. */
  readonly inside: Target;
}

// What the superuser says here may hold values that belong into no log.
const QUIET = ' -c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1';

/** Asks a server who it is. */
export async function meetServer(run: Run, server: Pick<Target, 'host' | 'port' | 'database'>): Promise<UpgradeServer> {
  const credentials = await readCredentials(run.environment.credentialsFolder, 'superuser');
  const superuser: Target = { ...server, ...credentials, database: maintenanceDatabase(server.database), options: QUIET };
  const facts = await withConnection(run, superuser, primaryFacts);
  const inside = superuserIn({ superuser }, server.database, facts.major);
  return { ...facts, superuser, inside: { ...inside, options: `${QUIET}${inside.options === QUIET ? '' : (inside.options ?? '')}` } };
}

/** Lets `work` use a session of the superuser in the database that is upgraded. */
export const withInside = <T>(run: Run, server: UpgradeServer, work: (session: Client) => Promise<T>): Promise<T> => withConnection(run, server.inside, work);
