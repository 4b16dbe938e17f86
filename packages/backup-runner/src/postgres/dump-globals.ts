// Roles and memberships, which belong to no database and so are in no dump of one. Without password hashes: a backup must not
// hold what somebody could log in with.
import { RunError } from '../errors.ts';
import { databaseArgument } from './restore-arguments.ts';
import { streamTool, type DumpJob, type Stored } from './stream-tool.ts';

// The last line but for what newer versions add around it.
const COMPLETE = 'PostgreSQL database cluster dump complete';
const TAIL_BYTES = 1024;

/** Streams the roles of the server into `output`, as SQL. */
export async function dumpGlobals(job: DumpJob): Promise<Stored> {
  let end = Buffer.alloc(0);
  const look = (chunk: Buffer): void => {
    end = Buffer.concat([end, chunk]).subarray(-TAIL_BYTES);
  };
  // The dump's own database: the role may have no right to connect to another.
  const args = ['--roles-only', '--no-role-passwords', '--no-password', `--database=${databaseArgument(job.target.database)}`];
  const stored = await streamTool(job, { program: 'pg_dumpall', args, look });
  if (!end.includes(COMPLETE)) throw new RunError('DumpFailed', 'what pg_dumpall wrote does not end as it should');
  return stored;
}
