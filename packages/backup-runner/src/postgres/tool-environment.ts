import { SESSION_OPTIONS, type Target } from './connect.ts';

/**
 * The environment of a tool: how to connect, and nothing else. Names travel here because libpq takes them literally,
 * while a name in `--dbname` that holds "=" or begins with "postgres://" would be read as a connection string.
 */
export function toolEnvironment(target: Target, passwordFile: string, extraOptions = ''): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGUSER: target.user,
    PGDATABASE: target.database,
    PGPASSFILE: passwordFile,
    PGAPPNAME: 'postgres-operator',
    PGCONNECT_TIMEOUT: '10',
    PGOPTIONS: `${SESSION_OPTIONS}${extraOptions}`,
  };
}
