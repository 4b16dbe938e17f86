# The parameters of the Database's spec, and the certificate: how the server gets them, and how it notices that they have changed.
# shellcheck shell=bash
loaded=$SOCKET_FOLDER/.loaded
hba=$SOCKET_FOLDER/.pg_hba.conf

# Has postgresql.conf include parameters.conf, which the ConfigMap holds. What ALTER SYSTEM set is read after it.
include_parameters() {
  local line="include_if_exists = '$config/parameters.conf'"
  grep --quiet --line-regexp --fixed-strings "$line" "$PGDATA/postgresql.conf" || printf '\n%s\n' "$line" >>"$PGDATA/postgresql.conf"
}

files_now() { (cat "$config/parameters.conf" "$TLS_FOLDER"/tls.* 2>/dev/null || true) | sha256sum; }

# Who may connect: pg_hba.conf, and where this server offers TLS, the replication role with that only. libpq goes on without encryption by itself
# when a server that is just starting turns an encrypted session away.
write_hba() {
  {
    if [[ -e $TLS_FOLDER/tls.crt ]] && grep --quiet "^ssl = 'on'" "$config/parameters.conf" 2>/dev/null; then echo "hostnossl all,replication $REPLICATION_ROLE all reject"; fi
    cat "$config/pg_hba.conf"
  } >"$hba.new"
  mv "$hba.new" "$hba"
}

# The server that starts now reads what is there now. What changes meanwhile is noticed afterwards.
read_files_at_start() {
  files_now >"$loaded"
  write_hba
}

# Has the running server read its files again when they have changed. What needs a restart is left to the restart.
reload_when_changed() {
  local now
  now=$(files_now)
  [[ -e $loaded && $(<"$loaded") == "$now" ]] && return
  write_hba
  ask_here 'select pg_reload_conf()' >/dev/null && echo "$now" >"$loaded"
}
