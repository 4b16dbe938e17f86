// The SQL that pg_restore writes, cut into statements.

const TOKEN = /--[^\n]*|[eE]'(?:[^'\\]|''|\\[^])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*|)\$[^]*?\$\1\$|;|[\w$]+|[^]/gy;
// psql's own commands, which pg_restore puts around what it writes: \restrict and \unrestrict.
const PSQL_COMMAND = /^\\.*$/gm;

/** Cuts SQL at the semicolons that are in no string, name, comment or function body. Comments are left out. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let current = '';
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ';') {
      statements.push(current);
      current = '';
    } else if (!token.startsWith('--')) current += token;
  }
  return statements.map((statement) => statement.replace(PSQL_COMMAND, '').trim()).filter((statement) => statement !== '');
}

/** A name as SQL has it. */
export const IDENTIFIER = String.raw`"(?:[^"]|"")*"|[^\s",;]+`;

/** The name that an identifier of pg_dump means: what needs no quotes is in lower case already. */
export const unquote = (identifier: string): string => (identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier);
