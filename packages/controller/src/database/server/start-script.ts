// The start of every PostgreSQL container: the image's own binaries, this script mounted from a ConfigMap.

/** Where the claim is mounted: the parent of one data directory a major version. */
export const VOLUME = '/var/lib/postgresql';
export const CONFIG_FOLDER = '/etc/postgres-operator/config';
export const CREDENTIALS_FOLDER = '/etc/postgres-operator/credentials';
export const INTERNAL_FOLDER = '/etc/postgres-operator/internal';
/** Folder of the server's Unix socket, where clients in the pod look for it by default. */
export const SOCKET_FOLDER = '/var/run/postgresql';

/** The data directory of a major version. */
export const dataDirectory = (major: number): string => `${VOLUME}/${major}/data`;

export const START_SCRIPT = `#!/usr/bin/env bash
# Starts PostgreSQL. Before it takes connections from outside, the roles, their passwords and the database are brought to
# what the mounted files say, over a socket that nobody else can reach: so kept volumes and changed Secrets just work.
set -Eeuo pipefail
umask 0077

fail() { echo "postgres-operator: $*" >&2; exit 1; }

for version_file in ${VOLUME}/*/data/PG_VERSION; do
  [[ -e $version_file && $version_file != "$PGDATA/PG_VERSION" ]] || continue
  fail "the volume holds data of PostgreSQL $(<"$version_file"), not of the version of this image: use an image of that version"
done

# An initialisation that was cut short must not look like a database: it gets its name only when it is complete.
directory=$PGDATA
if [[ ! -s $PGDATA/PG_VERSION ]]; then
  directory=$PGDATA.new
  rm -rf "$directory"
  mkdir -p "$(dirname "$directory")"
  initdb --pgdata="$directory" --username=postgres --pwfile=<(cat ${INTERNAL_FOLDER}/password) --encoding=UTF8 \\
    --data-checksums --auth-local=trust --auth-host=scram-sha-256
fi

private=$(mktemp -d)
local_options="-c listen_addresses= -c unix_socket_directories=$private -c hba_file=${CONFIG_FOLDER}/pg_hba.conf"
pg_ctl --pgdata="$directory" --wait --timeout=86400 --options="$local_options" start
psql --no-psqlrc --quiet --no-password --host="$private" --username=postgres --dbname=postgres --file=${CONFIG_FOLDER}/bootstrap.sql >/dev/null
pg_ctl --pgdata="$directory" --wait --timeout=86400 --mode=fast stop
rm -rf "$private"

if [[ $directory != "$PGDATA" ]]; then
  rm -rf "$PGDATA"
  mv "$directory" "$PGDATA"
  sync
fi

exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=${SOCKET_FOLDER} -c hba_file=${CONFIG_FOLDER}/pg_hba.conf
`;

/** Who may connect, and how: everybody with a password; inside the pod, over the socket, without one. */
export const HBA_CONF = `# TYPE  DATABASE     USER  ADDRESS  METHOD
local   all          all            trust
host    all          all   all      scram-sha-256
host    replication  all   all      scram-sha-256
`;
