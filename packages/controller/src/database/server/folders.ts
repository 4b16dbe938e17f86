// Where things are in the pods of a Database.

/** Where the claim is mounted: the parent of one data directory a major version. */
export const VOLUME = '/var/lib/postgresql';
export const CONFIG_FOLDER = '/etc/postgres-operator/config';
export const CREDENTIALS_FOLDER = '/etc/postgres-operator/credentials';
export const INTERNAL_FOLDER = '/etc/postgres-operator/internal';
export const TLS_FOLDER = '/etc/postgres-operator/tls';
/** Folder of the server's Unix socket, where clients in the pod look for it by default. */
export const SOCKET_FOLDER = '/var/run/postgresql';

/** The data directory of a major version. */
export const dataDirectory = (major: number): string => `${VOLUME}/${major}/data`;
