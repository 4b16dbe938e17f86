// What can be asked of a restored database beside its rows. All that could run somebody's code is asked by the role that loaded it.
import type { Client } from 'pg';
import { RunError, messageOf } from '../errors.ts';
import { parseList, withList } from '../restore/archive-plan.ts';
import { readWithTool } from '../postgres/archive-tool.ts';
import { withConnection } from '../postgres/connect.ts';
import type { Load } from '../restore/load-plan.ts';
import { superuserBeside, type Work } from '../restore/work.ts';
import { parseSequences, type SequenceValue } from './sequences.ts';

/** How much was looked at. */
export interface Examined {
  readonly constraints: number;
  /** Absent where the image lacks amcheck. */
  readonly indexes?: number;
  readonly sequences: number;
}

/** Looks at constraints, indexes and sequences. @throws RunError that names the first that is not as it should be. */
export async function examine(work: Work, load: Load): Promise<Examined> {
  const { run } = work;
  const wanted = await sequencesIn(work, load);
  return withConnection(run, superuserBeside(work, load.live.serverMajor), async (superuser) =>
    withConnection(run, work.owner, async (loader) => {
      const constraints = await countConstraints(superuser);
      await requireSequences(superuser, wanted);
      const indexes = await checkIndexes({ superuser, loader }, work.owner.user);
      run.log('examined', { constraints, indexes, sequences: wanted.length });
      return { constraints, ...(indexes !== undefined && { indexes }), sequences: wanted.length };
    }),
  );
}

/** Loading has validated them: rows that break one would have ended it. */
async function countConstraints(superuser: Client): Promise<number> {
  const { rows } = await superuser.query<{ count: number }>(`select count(*)::int as count from pg_constraint where convalidated and oid >= 16384`);
  return rows[0]?.count ?? 0;
}

/** What the archive says of its sequences. */
async function sequencesIn({ run }: Work, { backup, client }: Load): Promise<SequenceValue[]> {
  const job = { run, backup, client };
  const entries = parseList(await readWithTool(job, ['--list'])).filter(({ what }) => what.startsWith('SEQUENCE SET '));
  if (entries.length === 0) return [];
  return parseSequences(await withList(run.environment.scratchFolder, entries, (file) => readWithTool(job, [`--use-list=${file}`, '--file=-'])));
}

async function requireSequences(superuser: Client, wanted: readonly SequenceValue[]): Promise<void> {
  const { rows } = await superuser.query<{ name: string; value: string | null }>('select name, pg_sequence_last_value(to_regclass(name))::text as value from unnest($1::text[]) name', [wanted.map(({ name }) => name)]);
  for (const [index, { name, value }] of wanted.entries()) {
    const found = rows[index]?.value ?? undefined;
    if (found !== value) throw new RunError('ContentDamaged', `the restored sequence ${name} is at ${found ?? 'its start'}, in the backup at ${value ?? 'its start'}`);
  }
}

const SCHEMA = 'database_operator_drill';

/** B-trees of content: what was left of a table that was dropped cannot be there. */
const INDEXES = `
  select i.indexrelid::text as oid, i.indexrelid::regclass::text as name, i.indisvalid and i.indisready as usable
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
   where c.oid >= 16384 and c.relkind = 'i' and c.relpersistence <> 't' and c.relnamespace <> 'pg_toast'::regnamespace and a.amname = 'btree'
   order by 2`;

/** Compares each index with its table: order, and an entry for every row. Undefined where the image lacks amcheck. */
async function checkIndexes({ superuser, loader }: { superuser: Client; loader: Client }, user: string): Promise<number | undefined> {
  const { rows: available } = await superuser.query(`select from pg_available_extensions where name = 'amcheck'`);
  if (available.length === 0) return undefined;
  const schema = await provideAmcheck(superuser, user);
  const { rows } = await superuser.query<{ oid: string; name: string; usable: boolean }>(INDEXES);
  for (const { oid, name, usable } of rows) {
    if (!usable) throw new RunError('ContentDamaged', `the restored index ${name} is not valid`);
    await loader.query(`select ${schema}.bt_index_check($1::oid::regclass, true)`, [oid]).catch((error: unknown) => {
      throw new RunError('ContentDamaged', `the restored index ${name} does not fit its table: ${messageOf(error)}`, { cause: error });
    });
  }
  return rows.length;
}

/** Makes its function callable for the loader; returns its schema. */
async function provideAmcheck(superuser: Client, user: string): Promise<string> {
  await superuser.query(`create schema if not exists ${SCHEMA}; create extension if not exists amcheck with schema ${SCHEMA}`);
  const { rows } = await superuser.query<{ schema: string }>(`select quote_ident(n.nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'amcheck'`);
  const schema = rows[0]?.schema ?? SCHEMA;
  await superuser.query(`grant usage on schema ${schema} to ${user}; grant execute on function ${schema}.bt_index_check(regclass, boolean) to ${user}`);
  return schema;
}
