// Settings of ALTER SYSTEM, which are in no dump.
import { DatabaseError, escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { codeOf } from '../errors.ts';
import { QUOTED_LISTS, type Setting } from '../restore/copy-properties.ts';

/** Settings that name files of the data directory, which another one does not have. */
export const SYSTEM_FILES: readonly string[] = ['hba_file', 'ident_file', 'krb_server_keyfile', 'ssl_ca_file', 'ssl_cert_file', 'ssl_crl_dir', 'ssl_crl_file', 'ssl_dh_params_file', 'ssl_key_file'];

const LIBRARIES: readonly string[] = ['local_preload_libraries', 'session_preload_libraries', 'shared_preload_libraries'];

/** Splits a list of names as PostgreSQL writes it: by commas, some names in double quotes. */
export function splitNames(list: string): string[] {
  const names = [...list.matchAll(/\s*("(?:[^"]|"")*"|[^",]*)\s*(?:,|$)/gy)].map(([, name = '']) => name.trim());
  return names.map((name) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name)).filter((name) => name !== '');
}

const statementOf = ({ name, value }: Setting): string => {
  const values = QUOTED_LISTS.has(name.toLowerCase()) ? splitNames(value) : [value];
  return `alter system set ${name.split('.').map(escapeIdentifier).join('.')} to ${(values.length === 0 ? [''] : values).map(escapeLiteral).join(', ')}`;
};

/** Sets them one by one. Returns what the server does not take, in words: it is better than no server. */
export async function setSystemSettings(session: Client, settings: readonly Setting[]): Promise<string[]> {
  const notes: string[] = [];
  for (const setting of settings) {
    const why = await trySetting(session, setting);
    if (why !== undefined) notes.push(`the setting ${setting.name} of ALTER SYSTEM is not carried: ${why}`);
  }
  await session.query('select pg_reload_conf()');
  return notes;
}

async function trySetting(session: Client, setting: Setting): Promise<string | undefined> {
  try {
    if (LIBRARIES.includes(setting.name)) await requireLibraries(session, splitNames(setting.value));
    await session.query(statementOf(setting));
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.message;
  }
}

/** A library that is not there keeps a server from starting, and nobody says so before. Some can be loaded at a start only: these are there. */
async function requireLibraries(session: Client, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await session.query(`load ${escapeLiteral(name)}`).catch((error: unknown) => {
      if (codeOf(error) === FILE_MISSING) throw error;
    });
  }
}

const FILE_MISSING = '58P01';

/** Whether some of them are used from the next start on. The file is read anew for this. */
export async function restartNeeded(session: Client): Promise<boolean> {
  const { rows } = await session.query(`select from pg_file_settings where not applied and error = 'setting could not be applied' limit 1`);
  return rows.length > 0;
}
