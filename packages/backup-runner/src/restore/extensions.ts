// Extensions that only a superuser can create. They are created in the new database while it is empty and still the superuser's: nobody
// else can have put anything into the way of their scripts.
import { escapeIdentifier, type Client } from 'pg';
import { RunError } from '../errors.ts';
import type { ArchivePlan, Entry, NeededExtension } from './archive-plan.ts';

/** Extensions to create beforehand. @throws RunError that names those that are not on the server, or not allowed. */
export async function extensionsToCreate(client: Client, needed: readonly NeededExtension[], allowed: readonly string[]): Promise<NeededExtension[]> {
  if (needed.length === 0) return [];
  const { rows } = await client.query<{ name: string; trusted: boolean }>(
    `select e.name, coalesce(v.trusted, false) as trusted
       from pg_available_extensions e left join pg_available_extension_versions v on v.name = e.name and v.version = e.default_version
      where e.name = any ($1)`,
    [needed.map(({ name }) => name)],
  );
  const trusted = new Map(rows.map((row) => [row.name, row.trusted]));
  const missing = needed.filter(({ name }) => !trusted.has(name));
  if (missing.length > 0) throw new RunError('RestoreFailed', `the backup needs ${named(missing)}, which this server does not have; use an image that has them`);
  const untrusted = needed.filter(({ name }) => trusted.get(name) === false);
  const refused = untrusted.filter(({ name }) => !allowed.includes(name));
  if (refused.length === 0) return untrusted;
  throw new RunError('ExtensionNotAllowed', `the backup needs ${named(refused)}, which only a superuser can create; allow it in allowedExtensions of the Restore`);
}

const named = (extensions: readonly NeededExtension[]): string =>
  `the extension${extensions.length === 1 ? '' : 's'} ${extensions.map(({ name }) => JSON.stringify(name)).join(', ')}`;

/** Creates extensions in the empty database that the session is connected to. Their schemas belong to the owner, as the dump would have it. */
export async function createExtensions(client: Client, extensions: readonly NeededExtension[], owner: string): Promise<void> {
  for (const { name, schema } of extensions) {
    await client.query(`create schema if not exists ${escapeIdentifier(schema)} authorization ${escapeIdentifier(owner)}`);
    await client.query(`create extension ${escapeIdentifier(name)} with schema ${escapeIdentifier(schema)}`);
  }
}

/** The entries that are left to load when these extensions are there: without them, their comments, and the schemas made for them. */
export function entriesWithout({ entries }: ArchivePlan, created: readonly NeededExtension[]): Entry[] {
  const done = created.flatMap(({ name, schema }) => [`EXTENSION - ${name} `, `COMMENT - EXTENSION ${name} `, ...(schema === 'public' ? [] : [`SCHEMA - ${schema} `])]);
  return entries.filter(({ what }) => !done.some((begin) => `${what} `.startsWith(begin)));
}
