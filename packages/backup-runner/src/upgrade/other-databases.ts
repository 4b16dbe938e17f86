// An upgrade carries one database. What else is on the server would be left behind.
import type { Client } from 'pg';
import { candidates, isLeftover } from '../restore/leftovers.ts';
import { maintenanceDatabase, type RestoreNames } from '../restore/names.ts';
import { listed, type Finding } from './obstacles.ts';

const TEMPLATES: readonly string[] = ['template0', 'template1'];

/** Finds databases beside the one that is upgraded, but for those that a restore would drop too. */
export async function otherDatabases(session: Client, names: RestoreNames): Promise<Finding[]> {
  const situation = { names, liveIsThere: true, now: Date.now() };
  const others = (await candidates(session, '', '~')).filter((found) => ![...TEMPLATES, 'postgres', names.live].includes(found.name) && !isLeftover(found, situation));
  if (others.length === 0) return [];
  const kept = others.some(({ name }) => name.startsWith('previous_')) ? '; what a Restore replaced is dropped by itself at its keptUntil' : '';
  return [{ reason: 'OtherDatabases', message: `only ${JSON.stringify(names.live)} is carried: dump and drop the other databases ${listed(others.map(({ name }) => JSON.stringify(name)))}${kept}` }];
}

// The operator's own table for consistency checks is made again.
const CONTENT = `
  select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.oid >= 16384 and c.relkind not in ('i', 'I', 't') and c.relpersistence <> 't' and n.nspname not in ('pg_toast', 'database_operator')
  union all select quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '()' from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid >= 16384
  union all select 'extension ' || quote_ident(extname) from pg_extension where oid >= 16384
  order by 1`;

/** Finds content in the database that everybody may connect to. The session is in it. */
export async function maintenanceContent(session: Client, live: string): Promise<Finding[]> {
  const { rows } = await session.query<{ name: string }>(CONTENT);
  if (rows.length === 0) return [];
  const where = JSON.stringify(maintenanceDatabase(live));
  return [{ reason: 'OtherDatabases', message: `only ${JSON.stringify(live)} is carried, and there is something in the database ${where}: move or drop ${listed(rows.map(({ name }) => name))}` }];
}
