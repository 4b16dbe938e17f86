import { BACKUP_ROLE, REPLICATION_ROLE, SUPERUSER } from '@postgres-operator/api';
import { CREDENTIALS_FOLDER, INTERNAL_FOLDER } from './folders.ts';

/** An SQL identifier, whatever the name. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** An SQL literal, under standard_conforming_strings = on. */
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What the server needs beside its files. */
export interface BootstrapNames {
  readonly databaseName: string;
  readonly username: string;
}

/**
 * The psql script that makes roles, passwords and the database what they should be. It may run any number of times.
 * Passwords come from mounted files and appear in no log: the settings at its top keep even failing statements out.
 */
export function bootstrapSql({ databaseName, username }: BootstrapNames): string {
  const database = quoteIdentifier(databaseName);
  return `\\set ON_ERROR_STOP on
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET standard_conforming_strings = on;
SET password_encryption = 'scram-sha-256';
\\set superuser_password \`cat ${INTERNAL_FOLDER}/password\`
\\set backup_password \`cat ${INTERNAL_FOLDER}/backup-password\`
\\set replication_password \`cat ${INTERNAL_FOLDER}/replication-password\`
\\set owner_password \`cat ${CREDENTIALS_FOLDER}/password\`
${createUnless('pg_roles', 'rolname', username, `CREATE ROLE ${quoteIdentifier(username)}`)}
${createUnless('pg_roles', 'rolname', BACKUP_ROLE, `CREATE ROLE ${quoteIdentifier(BACKUP_ROLE)}`)}
${createUnless('pg_roles', 'rolname', REPLICATION_ROLE, `CREATE ROLE ${quoteIdentifier(REPLICATION_ROLE)}`)}
ALTER ROLE ${quoteIdentifier(SUPERUSER)} LOGIN SUPERUSER PASSWORD :'superuser_password';
ALTER ROLE ${quoteIdentifier(username)} LOGIN PASSWORD :'owner_password';
ALTER ROLE ${quoteIdentifier(BACKUP_ROLE)} LOGIN BYPASSRLS PASSWORD :'backup_password';
ALTER ROLE ${quoteIdentifier(REPLICATION_ROLE)} LOGIN REPLICATION PASSWORD :'replication_password';
GRANT pg_monitor TO ${quoteIdentifier(REPLICATION_ROLE)};
GRANT pg_read_all_data TO ${quoteIdentifier(BACKUP_ROLE)};
ALTER ROLE ${quoteIdentifier(BACKUP_ROLE)} SET lo_compat_privileges = on;
${createUnless('pg_database', 'datname', databaseName, `CREATE DATABASE ${database} OWNER ${quoteIdentifier(username)}`)}
GRANT CONNECT ON DATABASE ${database} TO ${quoteIdentifier(BACKUP_ROLE)};
`;
}

const createUnless = (catalog: string, column: string, name: string, statement: string): string =>
  `SELECT ${quoteLiteral(statement)} WHERE NOT EXISTS (SELECT FROM pg_catalog.${catalog} WHERE ${column} = ${quoteLiteral(name)}) \\gexec`;
