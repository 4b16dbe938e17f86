# The parameters of the Database's spec, and the certificate: how the server gets them, and how it notices that they have changed.
# shellcheck shell=bash
loaded=$SOCKET_FOLDER/.loaded

# Has postgresql.conf include parameters.conf, which the ConfigMap holds. What ALTER SYSTEM set is read after it.
include_parameters() {
  local line="include_if_exists = '$config/parameters.conf'"
  grep --quiet --line-regexp --fixed-strings "$line" "$PGDATA/postgresql.conf" || printf '\n%s\n' "$line" >>"$PGDATA/postgresql.conf"
}

files_now() { (cat "$config/parameters.conf" "$TLS_FOLDER"/tls.* 2>/dev/null || true) | sha256sum; }

# The server that starts now reads what is there now.
remember_files() { files_now >"$loaded"; }

# Has the running server read its files again when they have changed. What needs a restart is left to the restart.
reload_when_changed() {
  local now
  now=$(files_now)
  [[ -e $loaded && $(<"$loaded") == "$now" ]] && return
  ask_here 'select pg_reload_conf()' >/dev/null && echo "$now" >"$loaded"
}
