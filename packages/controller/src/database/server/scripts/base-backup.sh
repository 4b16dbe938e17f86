# Copies the data of another server into PGDATA. What was cut short must not look like a database: it gets its name when it is complete.
# shellcheck shell=bash

has_data() { [[ -s $PGDATA/PG_VERSION ]]; }

# Runs a command so that a signal to this shell is not held up until it ends.
interruptible() {
  "$@" &
  wait $!
}

# base_backup HOST [OPTION...]: the data of HOST, in $PGDATA.new.
base_backup() {
  local host=$1 major here
  shift
  # Of servers of different majors, nothing can be read.
  major=$(ask "$host" "select current_setting('server_version_num')::int / 10000") || fail "$host does not say its version"
  here=$(postgres --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
  [[ $major == "$here" ]] || fail "$host runs PostgreSQL $major and this image is of $here: a copy of its data would not start"
  mkdir -p "$(dirname "$PGDATA")"
  rm -rf "$PGDATA.new"
  say "taking a base backup of $host"
  interruptible pg_basebackup --dbname="$(connection "$host")" --pgdata="$PGDATA.new" --checkpoint=fast --wal-method=stream --no-password "$@" ||
    fail "the base backup of $host failed: see the log of this pod"
}

# Gives $PGDATA.new its name.
settle() {
  rm -rf "$PGDATA"
  mv "$PGDATA.new" "$PGDATA"
  sync "$(dirname "$PGDATA")"
}
