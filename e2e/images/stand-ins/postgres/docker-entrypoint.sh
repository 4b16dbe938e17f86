#!/usr/bin/env bash
# What the entrypoint of the official image promises, in short: POSTGRES_USER, _PASSWORD, _DB, _INITDB_ARGS, _INITDB_WALDIR,
# _HOST_AUTH_METHOD (and the *_FILE variants), PGDATA, /docker-entrypoint-initdb.d, and giving up root.
set -Eeo pipefail

file_env() {
  local var="$1" file="${1}_FILE" default="${2:-}"
  if [ -n "${!var:-}" ] && [ -n "${!file:-}" ]; then
    echo >&2 "error: both $var and $file are set (but are exclusive)"
    exit 1
  fi
  local value="$default"
  if [ -n "${!var:-}" ]; then value="${!var}"; elif [ -n "${!file:-}" ]; then value="$(<"${!file}")"; fi
  export "$var"="$value"
  unset "$file"
}

docker_setup_env() {
  file_env POSTGRES_PASSWORD
  file_env POSTGRES_USER postgres
  file_env POSTGRES_DB "$POSTGRES_USER"
  file_env POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
}

docker_create_db_directories() {
  mkdir -p "$PGDATA"
  chmod 00700 "$PGDATA" || :
  mkdir -p /var/run/postgresql || :
  chmod 03775 /var/run/postgresql || :
  if [ "$(id -u)" = 0 ]; then find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres '{}' +; fi
}

docker_verify_minimum_env() {
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    echo >&2 'Error: Database is uninitialized and superuser password is not specified.'
    echo >&2 '       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.'
    exit 1
  fi
}

docker_init_database_dir() {
  local waldir=()
  if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then waldir=(--waldir "$POSTGRES_INITDB_WALDIR"); fi
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"$POSTGRES_INITDB_ARGS"' "${waldir[@]}" "$@"'
}

pg_setup_hba_conf() {
  if [ "${1:-}" = postgres ]; then shift; fi
  local auth="${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption "$@")}"
  printf '\nhost all all all %s\n' "$auth" >> "$PGDATA/pg_hba.conf"
}

docker_temp_server_start() {
  if [ "${1:-}" = postgres ]; then shift; fi
  set -- "$@" -c listen_addresses='' -p "${PGPORT:-5432}"
  PGUSER="${PGUSER:-$POSTGRES_USER}" pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@")" -w start
}

docker_temp_server_stop() {
  PGUSER="${PGUSER:-$POSTGRES_USER}" pg_ctl -D "$PGDATA" -m fast -w stop
}

docker_process_sql() {
  local query=(psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc)
  if [ -n "$POSTGRES_DB" ]; then query+=(--dbname "$POSTGRES_DB"); fi
  PGHOST= PGHOSTADDR= "${query[@]}" "$@"
}

docker_setup_db() {
  local exists
  exists="$(POSTGRES_DB= docker_process_sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only \
    <<< "select 1 from pg_database where datname = :'db';")"
  if [ -z "$exists" ]; then POSTGRES_DB= docker_process_sql --dbname postgres --set db="$POSTGRES_DB" <<< 'create database :"db";'; fi
}

docker_process_init_files() {
  local file
  for file; do
    echo "$0: running $file"
    case "$file" in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) docker_process_sql -f "$file" ;;
      *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
      *) echo "$0: ignoring $file" ;;
    esac
  done
}

# Unlike the official image, which takes a killed initialisation for a database at its next start: everything happens in a folder
# inside PGDATA, and PG_VERSION, which says that there is a database, is moved up last.
initialise() {
  local final="$PGDATA" staging="$PGDATA/.initialising"
  if [ -d "$staging" ]; then find "$final" -mindepth 1 -delete; fi
  if [ -n "$(ls -A "$final")" ]; then
    echo >&2 "error: $final is not empty and holds no database"
    exit 1
  fi
  mkdir -m 0700 "$staging"
  export PGDATA="$staging"
  docker_init_database_dir
  pg_setup_hba_conf "$@"
  export PGPASSWORD="${PGPASSWORD:-$POSTGRES_PASSWORD}"
  docker_temp_server_start "$@"
  docker_setup_db
  docker_process_init_files /docker-entrypoint-initdb.d/*
  docker_temp_server_stop
  unset PGPASSWORD
  find "$staging" -mindepth 1 -maxdepth 1 \! -name PG_VERSION -exec mv -t "$final" '{}' +
  mv "$staging/PG_VERSION" "$final/"
  rmdir "$staging"
  export PGDATA="$final"
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

wants_help() {
  local arg
  for arg; do
    case "$arg" in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
  done
  return 1
}

_main() {
  if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
  if [ "$1" = postgres ] && ! wants_help "$@"; then
    docker_setup_env
    docker_create_db_directories
    if [ "$(id -u)" = 0 ]; then HOME=/var/lib/postgresql exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$BASH_SOURCE" "$@"; fi
    if [ -s "$PGDATA/PG_VERSION" ]; then
      printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
    else
      docker_verify_minimum_env
      shopt -s nullglob
      initialise "$@"
    fi
  fi
  exec "$@"
}

# Sourced, it only defines the functions, as the official one does.
if [ "${FUNCNAME[0]:-}" != source ]; then _main "$@"; fi
