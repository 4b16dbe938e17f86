// What an archive needs besides its content: extensions, privileges, roles. Read from its table of contents, before anything is written.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readWithTool, type ArchiveJob } from '../postgres/archive-tool.ts';
import { IDENTIFIER, splitStatements, unquote } from './statements.ts';

/** An entry of a table of contents. */
export interface Entry {
  readonly id: string;
  /** Kind, schema, name and owner, as pg_restore lists them: `TABLE public item shop`. */
  readonly what: string;
}

/** An extension, and the schema that it was in. */
export interface NeededExtension {
  readonly name: string;
  readonly schema: string;
}

/** What an archive needs. */
export interface ArchivePlan {
  readonly entries: readonly Entry[];
  readonly extensions: readonly NeededExtension[];
  /** GRANT, REVOKE and ALTER DEFAULT PRIVILEGES, in order. */
  readonly privileges: readonly string[];
}

/** Reads the plan of an archive. */
export const readPlan = async (job: ArchiveJob): Promise<ArchivePlan> => planOf(job, parseList(await readWithTool(job, ['--list'])));

/**
 * Reads the plan of a part of an archive. Of what it holds, pg_restore lists the privileges too, but not those on the schemas: to these
 * belong the ones on schemas that are created for it.
 */
export async function readSelection(job: ArchiveJob, selection: readonly string[], schemas: readonly string[]): Promise<ArchivePlan> {
  const entries = parseList(await readWithTool(job, ['--list', ...selection]));
  if (entries.length === 0) return { entries, extensions: [], privileges: [] };
  const ofSchemas = parseList(await readWithTool(job, ['--list'])).filter(({ what }) => schemas.some((schema) => what.startsWith(`ACL - SCHEMA ${schema} `)));
  return planOf(job, [...ofSchemas, ...entries]);
}

async function planOf(job: ArchiveJob, entries: readonly Entry[]): Promise<ArchivePlan> {
  const wanted = entries.filter(({ what }) => /^(ACL|DEFAULT ACL|EXTENSION) /.test(what));
  if (wanted.length === 0) return { entries, extensions: [], privileges: [] };
  const sql = await withList(job.run.environment.scratchFolder, wanted, (file) => readWithTool(job, [`--use-list=${file}`, '--file=-']));
  const statements = splitStatements(sql);
  return { entries, extensions: statements.map(parseExtension).filter((extension) => extension !== undefined), privileges: statements.filter(isPrivilege) };
}

/** Roles that a restore with owners needs: those that own something, and those that are granted something. */
export async function readRoles(job: ArchiveJob): Promise<string[]> {
  const statements = splitStatements(await readWithTool(job, ['--schema-only', '--file=-']));
  return [...new Set(statements.flatMap(rolesIn))].sort();
}

/** Reads the lines of `pg_restore --list`. */
export function parseList(text: string): Entry[] {
  const lines = text.split('\n').map((line) => /^(\d+); \d+ \d+ (.*)$/.exec(line));
  return lines.flatMap((found) => (found?.[1] === undefined || found[2] === undefined ? [] : [{ id: found[1], what: found[2] }]));
}

/** Writes a list of entries for pg_restore, lets `work` use its path, and removes it. */
export async function withList<T>(folder: string, entries: readonly Entry[], work: (file: string) => Promise<T>): Promise<T> {
  const file = join(folder, `list-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(file, entries.map(({ id }) => `${id};\n`).join(''), { mode: 0o600 });
    return await work(file);
  } finally {
    await rm(file, { force: true });
  }
}

const EXTENSION = new RegExp(`^CREATE EXTENSION IF NOT EXISTS (${IDENTIFIER}) WITH SCHEMA (${IDENTIFIER})$`);

function parseExtension(statement: string): NeededExtension | undefined {
  const [, name, schema] = EXTENSION.exec(statement) ?? [];
  return name === undefined || schema === undefined ? undefined : { name: unquote(name), schema: unquote(schema) };
}

const isPrivilege = (statement: string): boolean => /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES)\s/.test(statement);

const OWNER = new RegExp(`^ALTER [^]* OWNER TO (${IDENTIFIER})$`);
const GRANTEE = new RegExp(`^(?:GRANT|ALTER DEFAULT PRIVILEGES)\\s[^]* TO (${IDENTIFIER})(?: WITH GRANT OPTION)?$`);

/** The role that a statement of pg_dump names. */
function rolesIn(statement: string): string[] {
  const role = (OWNER.exec(statement) ?? GRANTEE.exec(statement))?.[1];
  return role === undefined || role === 'PUBLIC' ? [] : [unquote(role)];
}
