// Privileges inside the new database. They are given one by one: one that names a role which this server does not have must not take the
// others with it.
import { DatabaseError, type Client } from 'pg';
import type { Log } from '../log.ts';

// The role or object is not there; only its owner or a superuser may.
const SKIPPABLE = new Set(['42704', '42501']);

/** Gives privileges over the owner's own connection. Returns how many could not be given. */
export async function grantPrivileges(client: Client, statements: readonly string[], log: Log): Promise<number> {
  let skipped = 0;
  for (const statement of statements) {
    try {
      await client.query(statement);
    } catch (error) {
      if (!(error instanceof DatabaseError) || !SKIPPABLE.has(error.code ?? '')) throw error;
      skipped += 1;
      log('privilege left out', { level: 'warn', statement: statement.slice(0, 200), error: error.message });
    }
  }
  return skipped;
}
