// What of a database only a superuser can restore. It is said with each backup, not on the day that it is needed.
import type { DumpSucceeded } from '@postgres-operator/api';
import type { Client } from 'pg';
import { shorten } from '../shorten.ts';
import { privilegeRules } from './superuser-privileges.ts';
import { superuserRules, type SuperuserRule } from './superuser-rules.ts';

/** An object that the owner of the database cannot restore. */
export interface SuperuserObject {
  readonly kind: string;
  /** As a person would write it, with its schema. */
  readonly name: string;
  readonly why: string;
}

// What a result has room for.
const MAX_NAMED = 8;
const MAX_LENGTH = 160;

/** Finds them in the database that the session is connected to. The rules are in ASCII: a database may have any encoding. */
export async function superuserObjects(client: Client, serverMajor: number): Promise<SuperuserObject[]> {
  const found = [...superuserRules(serverMajor), ...privilegeRules(serverMajor)].map(queryOf).join('\nunion all\n');
  // In bytes' order: a server's own would make the manifests of one database differ.
  const { rows } = await client.query<SuperuserObject>(`select kind, name, why from (${found}) found order by rule, name collate "C"`);
  return rows;
}

function queryOf({ kind, name, why, from }: SuperuserRule, rule: number): string {
  const reason = typeof why === 'string' ? `'${why}'` : why.sql;
  return `(select ${rule} as rule, '${kind}' as kind, (${name})::text as name, (${reason})::text as why from ${from})`;
}

/** How many there are, and the first of them in words. */
export const superuserSummary = (objects: readonly SuperuserObject[]): NonNullable<DumpSucceeded['superuserOnly']> => ({
  count: objects.length,
  first: objects.slice(0, MAX_NAMED).map(({ kind, name, why }) => shorten(`${kind} ${name} (${why})`, MAX_LENGTH)),
});
