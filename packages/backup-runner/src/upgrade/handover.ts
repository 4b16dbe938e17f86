// What goes from an old server to the new one beside the backup. It stays on the volume: nothing secret of it is ever asked for by the runner.
import { escapeLiteral, type Client } from 'pg';
import { RunError, messageOf } from '../errors.ts';
import type { DatabaseFacts, Locale } from '../postgres/server-facts.ts';
import type { DatabaseProperties, Privilege, Privileges, ScopedSetting, Setting } from '../restore/copy-properties.ts';
import { count, flag, isRecord, list, literal, nullable, shape, text, type Check } from '../shape.ts';
import { isCounters, type Counters } from './counters.ts';
import { isGlobals, type Globals } from './globals.ts';

/** What the old server was like. */
export interface Handover {
  readonly format: 1;
  /** UID of the Database. */
  readonly uid: string;
  readonly systemIdentifier: string;
  readonly serverVersion: string;
  readonly major: number;
  readonly dataDirectory: string;
  /** UTC, by the server's clock, when nobody was connected any more. */
  readonly writtenAt: string;
  readonly database: DatabaseFacts;
  readonly properties: DatabaseProperties;
  readonly globals: Globals;
  readonly counters: Counters;
}

/** What upgradeVerify adds when nothing was written. */
export interface Seal {
  readonly nextXid: string;
}

const number: Check<number> = (value): value is number => Number.isSafeInteger(value);
const locale = shape<Locale>({ provider: literal('libc', 'icu', 'builtin'), collate: text, ctype: text, locale: nullable(text), icuRules: nullable(text) });
const isHandover = shape<Handover>({
  format: literal(1),
  uid: text,
  systemIdentifier: text,
  serverVersion: text,
  major: count,
  dataDirectory: text,
  writtenAt: text,
  database: shape<DatabaseFacts>({
    ...{ serverVersion: text, serverMajor: count, name: text, oid: text, owner: text, encoding: text, locale },
    ...{ tablespace: text, connectionLimit: number, comment: nullable(text) },
  }),
  properties: shape<DatabaseProperties>({
    privileges: shape<Privileges>({ listed: flag, all: list(shape<Privilege>({ grantee: nullable(text), privilege: text, grantable: flag })) }),
    settings: list(shape<ScopedSetting>({ role: nullable(text), setting: text })),
  }),
  globals: isGlobals,
  counters: isCounters,
});
const isSeal = shape<Seal>({ nextXid: text });
const areSettings = list(shape<Setting>({ name: text, value: text }));

// What the server alone puts together: hashes of passwords, options of user mappings; and settings, whose values may be secret.
const ROLES = `select coalesce(jsonb_agg(to_jsonb(a) order by rolname), '[]') from pg_authid a where rolname !~ '^pg_'`;
const MAPPINGS = `
  select coalesce(jsonb_agg(jsonb_build_object('server', s.srvname, 'role', r.rolname, 'options', m.umoptions)), '[]')
    from pg_user_mapping m join pg_foreign_server s on s.oid = m.umserver left join pg_roles r on r.oid = m.umuser where m.umoptions is not null`;
const SETTINGS = `
  select coalesce(jsonb_agg(jsonb_build_object('name', name, 'value', setting) order by seqno), '[]')
    from pg_file_settings where sourcefile = current_setting('data_directory') || '/postgresql.auto.conf' and setting is not null`;

/** The files beside it: what only a session in the database can read, and what upgradeVerify writes. */
export const mappingsOf = (file: string): string => `${file}.mappings`;
const sealOf = (file: string): string => `${file}.sealed`;

/** Writes what there is in the database itself; whatever was sealed before is no longer. The session is the superuser's, in the database. */
export async function writeMappings(session: Client, file: string): Promise<void> {
  await writeFile(session, { file: mappingsOf(file), content: `(${MAPPINGS})`, first: `rm -f '${sealOf(file)}' && ` });
}

/** Writes the hand-over file. The session is the superuser's, beside the database: that may have an encoding in which roles have other names. */
export async function writeHandover(session: Client, file: string, handover: Handover): Promise<void> {
  await writeFile(session, { file, content: `jsonb_build_object('handover', ${escapeLiteral(JSON.stringify(handover))}::jsonb, 'roles', (${ROLES}), 'settings', (${SETTINGS}))` });
}

/** Says on the volume that nothing was written since the hand-over file. */
export async function sealHandover(session: Client, file: string, seal: Seal): Promise<void> {
  await writeFile(session, { file: sealOf(file), content: `${escapeLiteral(JSON.stringify(seal))}::jsonb` });
}

interface Writing {
  /** The contract lets nothing into a path that a shell would take for anything else. */
  readonly file: string;
  /** SQL that gives jsonb. */
  readonly content: string;
  readonly first?: string;
}

async function writeFile(session: Client, { file, content, first = '' }: Writing): Promise<void> {
  const folder = file.slice(0, file.lastIndexOf('/'));
  const program = `umask 077 && ${first}mkdir -p '${folder}' && cat > '${file}.new' && sync '${file}.new' && mv '${file}.new' '${file}'`;
  // Base64: COPY would escape backslashes and line ends, and databases differ in their encodings.
  await session.query(`copy (select translate(encode(convert_to((${content})::text, 'UTF8'), 'base64'), E'\\n', '')) to program ${escapeLiteral(program)}`);
}

/** SQL for what the file holds, as jsonb; null where there is none. */
export const contentOf = (file: string): string => `convert_from(decode(pg_read_file(${escapeLiteral(file)}, 0, 1000000000, true), 'base64'), 'UTF8')::jsonb`;

/** Reads what may leave the server. @throws RunError when there is no hand-over file that this version can read. */
export async function readHandover(session: Client, file: string): Promise<Handover> {
  const found = await ask(session, file, `${contentOf(file)} -> 'handover'`);
  if (!isHandover(found)) throw new RunError('HandoverMissing', `the hand-over file ${file} is ${found === null ? 'not there' : 'not one that this version can read'}`);
  return found;
}

/** Reads the seal. @throws RunError when there is none. */
export async function readSeal(session: Client, file: string): Promise<Seal> {
  const found = await ask(session, file, contentOf(sealOf(file)));
  if (!isSeal(found)) throw new RunError('HandoverMissing', `nothing says that the backup of the hand-over file ${file} has everything: it was not verified`);
  return found;
}

/** Reads what ALTER SYSTEM had set. */
export async function readSystemSettings(session: Client, file: string): Promise<readonly Setting[]> {
  const found = await ask(session, file, `${contentOf(file)} -> 'settings'`);
  if (!areSettings(found)) throw new RunError('HandoverMissing', `the hand-over file ${file} does not name the settings`);
  return found;
}

async function ask(session: Client, file: string, sql: string): Promise<unknown> {
  try {
    const [row] = (await session.query<{ content: unknown }>(`select ${sql} as content`)).rows;
    return isRecord(row?.content) || Array.isArray(row?.content) ? row.content : null;
  } catch (cause) {
    throw new RunError('HandoverMissing', `the hand-over file ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
