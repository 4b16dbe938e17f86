import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import type { DatabaseFacts, Locale } from '../postgres/server-facts.ts';
import { TEMPORARY } from './marks.ts';
import type { RestoreNames } from './names.ts';

interface Beside {
  readonly names: RestoreNames;
  /** Of the live database, which the new one has to resemble. */
  readonly facts: DatabaseFacts;
  /** Who loads the content, and therefore owns the new database while it is loaded. */
  readonly owner: string;
  /** Who may connect to it. */
  readonly access: 'nobody' | 'owner' | 'public';
}

/** Creates the new, empty database beside the live one, marked as ours. */
export async function createBeside(client: Client, beside: Beside): Promise<void> {
  const name = escapeIdentifier(beside.names.beside);
  await client.query(createStatement(beside));
  const opened = {
    nobody: '',
    owner: `; revoke connect on database ${name} from public; alter database ${name} allow_connections true`,
    public: `; alter database ${name} allow_connections true`,
  };
  // One transaction: what can be connected to carries the mark.
  await client.query(`comment on database ${name} is ${escapeLiteral(TEMPORARY)}${opened[beside.access]}`);
}

/** The statement that creates the new database. Nobody may connect yet: that, together with the name, is its mark until it has one. */
export function createStatement({ names, facts, owner }: Omit<Beside, 'access'>): string {
  const options = [
    `owner ${escapeIdentifier(owner)}`,
    // template1 may hold objects that the dump brings too.
    'template template0',
    `encoding ${escapeLiteral(facts.encoding)}`,
    ...localeOptions(facts.locale, facts.serverMajor),
    `tablespace ${escapeIdentifier(facts.tablespace)}`,
    'allow_connections false',
  ];
  return `create database ${escapeIdentifier(names.beside)} ${options.join(' ')}`;
}

function localeOptions(locale: Locale, serverMajor: number): string[] {
  const options = [`lc_collate ${escapeLiteral(locale.collate)}`, `lc_ctype ${escapeLiteral(locale.ctype)}`];
  if (serverMajor >= 15) options.push(`locale_provider ${locale.provider}`);
  if (locale.locale !== null && locale.provider !== 'libc') options.push(`${locale.provider}_locale ${escapeLiteral(locale.locale)}`);
  if (locale.icuRules !== null) options.push(`icu_rules ${escapeLiteral(locale.icuRules)}`);
  return options;
}

/** Drops a database with whoever is connected to it, here and on the standbys. */
export async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
}
