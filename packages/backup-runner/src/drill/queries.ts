// The questions of a user to what was restored. They are asked as the role that owns the content, and cannot change it.
import type { Client } from 'pg';
import type { DrillRequest, DrillSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { messageOf } from '../errors.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { shorten } from '../shorten.ts';

type Question = NonNullable<DrillRequest['queries']>[number];
type Answer = NonNullable<DrillSucceeded['queries']>[number];

/** A result has 4096 bytes for ten of them. */
const MOST_BYTES = 160;
/** pg_type's oid of boolean, whose text would be t or f. */
const BOOLEAN = 16;
// As they would be asked by an application: names without a schema are those of public.
const OPTIONS = ' -c search_path="$user",public -c statement_timeout=60s';

/** Asks each. None ends the drill: what went wrong is the answer. */
export const ask = (run: Run, owner: Target, questions: readonly Question[]): Promise<Answer[]> =>
  withConnection(run, { ...owner, options: OPTIONS }, async (session) => {
    const answers: Answer[] = [];
    for (const question of questions) answers.push(await askOne(session, question));
    run.log('queries asked', { queries: answers.length, passed: answers.filter(({ passed }) => passed).length });
    return answers;
  });

async function askOne(session: Client, { name, sql, expect }: Question): Promise<Answer> {
  await session.query('begin read only');
  try {
    // A cursor takes a SELECT and nothing else, a statement with a name takes one, and what is not fetched never gets here.
    await session.query({ name, text: `declare question cursor for ${sql}` });
    const { rows, fields } = await session.query<(string | null)[]>({ text: 'fetch 2 from question', rowMode: 'array', types: { getTypeParser: () => (value: unknown) => value } });
    const [row] = rows;
    if (rows.length !== 1 || row?.length !== 1) return { name, passed: false, answer: `${rows.length === 2 ? 'several' : rows.length} rows of ${fields.length} columns, in the place of one` };
    const answer = textOf(row[0] ?? null, fields[0]?.dataTypeID);
    return { name, passed: answer === expect, answer: shorten(answer, MOST_BYTES) };
  } catch (error) {
    return { name, passed: false, answer: shorten(messageOf(error), MOST_BYTES) };
  } finally {
    await session.query('rollback');
  }
}

function textOf(value: string | null, type: number | undefined): string {
  if (value === null) return 'null';
  return type === BOOLEAN ? String(value === 't') : value;
}
