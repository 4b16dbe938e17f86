// parameters.conf: what of a Database's spec PostgreSQL itself reads. postgresql.conf includes it last.
import type { Database } from '@postgres-operator/api';
import { TLS_FOLDER } from '../server/folders.ts';

/** Name of the file in the ConfigMap. */
export const PARAMETERS_FILE = 'parameters.conf';

export type Parameters = Readonly<Record<string, string>>;

const HEAD = "# Made by the operator from the Database's spec: what is changed here is undone.";

/** Within quotes, PostgreSQL's configuration files know the doubled quote and C's escapes; a value has no line breaks. */
const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
const unquoted = (text: string): string => text.slice(1, -1).replaceAll("''", "'").replaceAll('\\\\', '\\');

const lines = (parameters: Parameters): string[] =>
  Object.entries(parameters)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name} = ${quoted(value)}`);

/** Parameters in the words of postgresql.conf, in one order for one meaning. */
export const parametersText = (parameters: Parameters): string => lines(parameters).map((line) => `${line}\n`).join('');

const TLS = { ssl: 'on', ssl_cert_file: `${TLS_FOLDER}/tls.crt`, ssl_key_file: `${TLS_FOLDER}/tls.key` };
const END = '# What else the spec asks for.';

/** The whole file. */
export const parametersFile = ({ spec: { parameters = {}, tls } }: Database): string => `${HEAD}\n${parametersText(parameters)}${END}\n${tls === undefined ? '' : parametersText(TLS)}`;

/** The parameters that a file was made from. */
export function parametersIn(file: string): Parameters {
  const own = file.split(END)[0] ?? '';
  return Object.fromEntries([...own.matchAll(/^([a-z0-9_.]+) = ('.*')$/gm)].map(([, name = '', value = '']) => [name, unquoted(value)]));
}
