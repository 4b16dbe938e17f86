// The SQL that pg_restore writes, cut into statements.

const TOKEN = /--[^\n]*|\\[^\n]*|[eE]'(?:[^'\\]|''|\\[^])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*|)\$[^]*?\$\1\$|;|[\w$]+|[^]/gy;

/** Cuts SQL at the semicolons that are in no string, name, comment or function body. Comments are left out, and psql's own commands (\restrict). */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let current = '';
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ';') {
      statements.push(current);
      current = '';
    } else if (!/^(--|\\)/.test(token)) current += token;
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}

/** A name as SQL has it. */
export const IDENTIFIER = String.raw`"(?:[^"]|"")*"|[^\s",;]+`;

/** The name that an identifier of pg_dump means: what needs no quotes is in lower case already. */
export const unquote = (identifier: string): string => (identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier);
