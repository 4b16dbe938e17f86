// The manifest is the backup: it is written last, and it says what the other files must be. Format 1.
import type { TableRows } from '../archive/archive.ts';
import type { Selection } from '../postgres/dump-arguments.ts';
import type { CollationVersions, ContentFacts, Extension } from '../postgres/content-facts.ts';
import type { Locale } from '../postgres/server-facts.ts';
import type { Snapshot } from '../postgres/snapshot.ts';
import type { SuperuserObject } from '../postgres/superuser-only.ts';
import { count, flag, isRecord, list, literal, nullable, optional, sha256, shape, text, type Check, type Fields } from '../shape.ts';

/** Restorable by hand: `zstd -d | pg_restore`. */
export const DUMP_FILE = 'dump.pgcustom.zst';
/** Roles and memberships: `zstd -d | psql`. Not in backups of version 0.1. */
export const GLOBALS_FILE = 'globals.sql.zst';

/** A file beside the manifest. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  /** Size before compression. */
  readonly plainBytes: number;
  readonly sha256: string;
  /** The last part of its key in a bucket, where each attempt has names of its own. Absent: it is the name. */
  readonly storedAs?: string;
}

/** What a backup says of itself. */
export interface Manifest {
  readonly formatVersion: 1;
  readonly location: string;
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string };
  readonly database: { readonly name: string; readonly encoding: string; readonly locale: Locale } & Partial<CollationVersions>;
  readonly serverVersion: string;
  readonly clientVersion: string;
  readonly operatorVersion: string;
  /** What was chosen of the database, by patterns of pg_dump. Absent: all of it. */
  readonly selection?: Selection | undefined;
  /** Primary or Standby: where it was read. Absent in backups of version 0.1, which were read from the primary. */
  readonly source?: string;
  /** Why it was not read from a standby, although that was wished. */
  readonly sourceNote?: string;
  /** The moment that everything in the backup is of. Absent in backups of version 0.1, with all that follows of it. */
  readonly snapshot?: Pick<Snapshot, 'time' | 'lsn' | 'timeline'>;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly files: readonly StoredFile[];
  readonly extensions?: readonly Extension[];
  /** Roles that own or were granted something in the database. */
  readonly roles?: readonly string[];
  /** What the owner of a database cannot restore. */
  readonly superuserOnly?: readonly SuperuserObject[];
  /** Every table with data of its own, and its rows as the dump has them. Absent in backups of version 0.1. */
  readonly tables?: readonly TableRows[];
  /** Of all tables together. */
  readonly rows?: number;
}

/** The part of the facts that a manifest keeps. */
export const manifestDatabase = ({ database: { name, encoding, locale }, collation }: ContentFacts): Manifest['database'] => ({ name, encoding, locale, ...collation });

/** A manifest as text. One line a table: a database may have a hundred thousand. */
export function formatManifest({ tables, ...rest }: Manifest): string {
  const text = JSON.stringify(rest, undefined, 2);
  if (tables === undefined) return `${text}\n`;
  const lines = tables.map((table) => `\n    ${JSON.stringify(table)}`);
  return `${text.slice(0, -2)},\n  "tables": [${lines.join(',')}${lines.length === 0 ? '' : '\n  '}]\n}\n`;
}

/** The files of a manifest that this version knows, by their names: a name in a manifest is never taken for a path. */
export const knownFilesOf = ({ files }: Manifest): readonly StoredFile[] => files.filter(({ name }) => [DUMP_FILE, GLOBALS_FILE].includes(name));

/** The dump among the files of a manifest. */
export function dumpFileOf(manifest: Manifest): StoredFile | undefined {
  return manifest.files.find(({ name }) => name === DUMP_FILE);
}

/** How much a backup holds, as results say it. Nothing for a backup that does not know. */
export function countsOf({ tables, rows }: Manifest): { tables?: number; rows?: number } {
  return tables === undefined || rows === undefined ? {} : { tables: tables.length, rows };
}

/** Where a backup was read, as results say it. Nothing for a backup that does not know. */
export function sourceOf({ source, sourceNote }: Manifest): { source?: 'Primary' | 'Standby'; sourceNote?: string } {
  if (source !== 'Primary' && source !== 'Standby') return {};
  return { source, ...(sourceNote !== undefined && { sourceNote }) };
}

// A name, never a path.
const plainName: Check<string> = (value): value is string => text(value) && /^[a-z0-9][a-z0-9.]*$/.test(value);
const patterns = optional(list(text));

const FIELDS: Fields<Manifest> = {
  formatVersion: literal(1),
  location: text,
  object: shape<Manifest['object']>({ kind: text, namespace: text, name: text, uid: text }),
  database: shape<Manifest['database']>({
    name: text,
    encoding: text,
    locale: shape<Locale>({ provider: literal('libc', 'icu', 'builtin'), collate: text, ctype: text, locale: nullable(text), icuRules: nullable(text) }),
    collationVersion: optional(nullable(text)),
    actualCollationVersion: optional(nullable(text)),
  }),
  serverVersion: text,
  clientVersion: text,
  operatorVersion: text,
  selection: optional(shape<Selection>({ schemas: patterns, excludeSchemas: patterns, tables: patterns, excludeTables: patterns, schemaOnly: optional(flag) })),
  source: optional(text),
  sourceNote: optional(text),
  snapshot: optional(shape<NonNullable<Manifest['snapshot']>>({ time: text, lsn: text, timeline: count })),
  startedAt: text,
  finishedAt: text,
  files: list(shape<StoredFile>({ name: text, bytes: count, plainBytes: count, sha256, storedAs: optional(plainName) })),
  extensions: optional(list(shape<Extension>({ name: text, version: text, schema: text }))),
  roles: optional(list(text)),
  superuserOnly: optional(list(shape<SuperuserObject>({ kind: text, name: text, why: text }))),
  tables: optional(list(shape<TableRows>({ schema: text, table: text, rows: count }))),
  rows: optional(count),
};
const isManifest = shape(FIELDS);

/** Reads a manifest. Total: whatever comes in, a value comes out. Unknown extra fields pass. */
export function parseManifest(source: string): Manifest | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return { problem: 'the manifest is not JSON' };
  }
  if (!isRecord(value)) return { problem: 'the manifest is not an object' };
  if (value['formatVersion'] !== 1) return { problem: `the manifest has format ${JSON.stringify(value['formatVersion'])}; this version reads format 1` };
  if (isManifest(value)) return value;
  const found = value;
  const bad = Object.entries<Check<unknown>>(FIELDS).find(([name, check]) => !check(found[name]));
  return { problem: `the manifest's field "${bad?.[0]}" is missing or not what format 1 has there` };
}
