# What the scripts in a PostgreSQL pod share. They run in the plain official image, from the folder where the ConfigMap is mounted.
# shellcheck shell=bash
# shellcheck disable=SC2034  # What is set here is used by the scripts that source this file.
set -Eeuo pipefail
umask 0077
config=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=/dev/null  # Made by the operator: see settings.ts.
source "$config/settings.sh"

ordinal=${HOSTNAME##*-}
slot=standby_$ordinal
rebuild_mark=$PGDATA.rebuild
# When the startup probe found the server ready, in seconds since 1970.
found_ready=$SOCKET_FOLDER/.found-ready
passfile=${TMPDIR:-/tmp}/replication.pgpass

say() { echo "postgres-operator: $*" >&2; }

# Ends the container; its state then carries the message, which the operator puts into the conditions of the Database.
fail() {
  say "$*"
  echo "$*" >"$TERMINATION_LOG" || true
  exit 1
}

# The host of an ordinal.
peer() {
  # shellcheck disable=SC2059  # The setting is a format with one %d.
  printf "$PEER_HOST" "$1"
}

# Only a file that nobody else can read may hold the password; postgresql.auto.conf and the command line stay free of it. It is
# read at each connection, so that one that changes in the Secret is followed without a restart.
write_passfile() {
  local password
  password=$(<"$INTERNAL_FOLDER/replication-password")
  password=${password//\\/\\\\}
  echo "*:*:*:$REPLICATION_ROLE:${password//:/\\:}" >"$passfile.new"
  mv "$passfile.new" "$passfile"
}

# The libpq connection of this pod to a host, as the replication role.
connection() { echo "host=$1 port=$PORT user=$REPLICATION_ROLE passfile=$passfile application_name=$slot connect_timeout=3"; }

plain_psql() { psql --no-psqlrc --quiet --no-align --tuples-only --no-password --set=ON_ERROR_STOP=1 "$@"; }

# ask HOST SQL: asks another server.
ask() { plain_psql --dbname="$(connection "$1") dbname=postgres" --command="$2"; }

# ask_walsender HOST COMMAND: the same in the replication protocol; one line a column.
ask_walsender() { plain_psql --field-separator=$'\n' --dbname="$(connection "$1") dbname=postgres replication=true" --command="$2"; }

# ask_here SQL [HOST]: asks the server in this pod as the superuser.
ask_here() { plain_psql --host="${2:-$SOCKET_FOLDER}" --port="$PORT" --username=postgres --dbname=postgres --command="$1"; }

# control LABEL [FOLDER]: a value out of pg_controldata.
control() { LC_ALL=C pg_controldata --pgdata="${2:-$PGDATA}" | sed -n "s|^$1: *||p"; }

# Where the data in PGDATA stands, as "timeline LSN": up to there the server needs WAL before it shows anything.
stands_at() {
  local lsn
  lsn=$(control 'Minimum recovery ending location')
  if [[ $lsn == 0/0 ]]; then
    echo "$(control "Latest checkpoint's TimeLineID") $(control "Latest checkpoint's REDO location")"
  else
    echo "$(control "Min recovery ending loc's timeline") $lsn"
  fi
}

# outgrown FOLDER COMMAND...: the settings that are smaller here than they were on the primary when it wrote what this data has seen last, as
# name=value. With a smaller one a standby does not start, or stops replaying. COMMAND NAME prints what a setting is here.
outgrown() {
  local folder=$1 setting name was
  shift
  for setting in max_connections max_worker_processes max_wal_senders max_prepared_xacts:max_prepared_transactions max_locks_per_xact:max_locks_per_transaction; do
    name=${setting##*:}
    was=$(control "${setting%%:*} setting" "$folder")
    if ((was > $("$@" "$name"))); then echo "$name=$was"; fi
  done
}
