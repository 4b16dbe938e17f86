# Makes PGDATA the data of the primary. An empty volume becomes an empty database only where the operator says that the database is new.
# shellcheck shell=bash

# Asks all standbys. What they say is in `answers` as "timeline LSN host system-identifier", the most advanced first; who says nothing is in `silent`,
# and of these who knows only a password of before in `strangers`.
ask_peers() {
  local number host answer identity why
  answers=() silent=() strangers=()
  why=$(mktemp)
  for ((number = 1; number < REPLICAS; number++)); do
    host=$(peer "$number")
    if answer=$(ask_walsender "$host" IDENTIFY_SYSTEM 2>"$why"); then
      mapfile -t identity <<<"$answer"
      answers+=("$(printf '%010d %08X%08X %s %s' "${identity[1]}" "0x${identity[2]%/*}" "0x${identity[2]#*/}" "$host" "${identity[0]}")")
    else
      silent+=("$host")
      if grep -q 'password authentication failed' "$why"; then strangers+=("$host"); fi
    fi
  done
  rm -f "$why"
  mapfile -t answers < <(printf '%s\n' "${answers[@]}" | sort -r)
}

# Waits for the answers of all standbys: the one that is missing may be the one that has most. After the patience the others have to do.
# Prints the host of the most advanced.
most_advanced() {
  local first=$VOLUME/.lost-since deadline=$((SECONDS + PEER_WAIT_SECONDS)) since
  ((REPLICAS > 1)) || fail "the volume is empty although this database was up before, and there is no standby to take its data from. Bring the volume back; or delete the Database, create it again and restore a Backup into it"
  [[ -e $first ]] || touch "$first"
  since=$(stat -c %Y "$first")
  while ask_peers; [[ ${#silent[@]} -gt 0 ]]; do
    if [[ -n ${answers[0]} ]] && (($(date +%s) - since > PEER_PATIENCE_SECONDS)); then break; fi
    # A Secret that changed is not in all pods at once, so that this too is said at the end of the wait only.
    ((SECONDS < deadline || ${#strangers[@]} == 0)) || fail "the volume is empty although this database was up before, and its standbys (${strangers[*]}) know only the passwords of before, which are gone with Secret <database>-internal. In the pod of the standby that has most, run: bash $config/take-passwords.sh"
    ((SECONDS < deadline)) || fail "the volume is empty although this database was up before: its data is taken from the most advanced standby, but ${silent[*]} did not answer yet"
    sleep 0.5
  done
  [[ $(printf '%s\n' "${answers[@]}" | cut -d' ' -f4 | sort -u | wc -l) -eq 1 ]] || fail "the standbys are of different databases (their system identifiers differ): none of them is taken for the primary's data"
  cut -d' ' -f3 <<<"${answers[0]}"
}

# take_over HOST: the data of a standby, with all that it has received, promoted.
take_over() {
  local host=$1 identity private alone setting
  base_backup "$host"
  touch "$PGDATA.new/standby.signal"
  mapfile -t identity < <(ask_walsender "$host" IDENTIFY_SYSTEM)
  # A base backup of a standby ends where its last restartpoint did; the rest is streamed. Nobody else may connect meanwhile.
  private=$(mktemp -d)
  alone=(-c listen_addresses= -c "port=$PORT" -c "unix_socket_directories=$private" -c "hba_file=$config/pg_hba.conf" -c "primary_conninfo=$(connection "$host")")
  while read -r setting; do alone+=(-c "$setting"); done < <(outgrown "$PGDATA.new" postgres -D "$PGDATA.new" "${alone[@]}" -C)
  interruptible pg_ctl --pgdata="$PGDATA.new" --wait --timeout=86400 --options="$(printf '%q ' "${alone[@]}")" start
  until [[ $(ask_here "select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) >= '${identity[2]}'" "$private") == t ]]; do
    pg_ctl --pgdata="$PGDATA.new" status >/dev/null || fail "the copy of $host ended before it had all that $host has: see the log of this pod"
    sleep 0.2
  done
  say "all that $host has is here, up to ${identity[2]}: this is the primary now"
  ask_here 'select pg_promote(true, 86400)' "$private"
  ask_here "select pg_create_physical_replication_slot('standby_' || number, true) from generate_series(1, $REPLICAS - 1) number" "$private"
  interruptible pg_ctl --pgdata="$PGDATA.new" --wait --timeout=86400 --mode=fast stop
  rm -rf "$private"
}

drop_left_behind
if ! has_data; then
  if [[ $MAY_INITIALISE == yes ]] || may_initialise_beside; then
    if may_initialise_beside; then mark_unfinished; fi
    mkdir -p "$(dirname "$PGDATA")"
    rm -rf "$PGDATA.new"
    initdb --pgdata="$PGDATA.new" --username=postgres --pwfile=<(cat "$INTERNAL_FOLDER/password") --encoding=UTF8 \
      --data-checksums --auth-local=trust --auth-host=scram-sha-256
  else
    host=$(most_advanced)
    take_over "$host"
  fi
  settle
fi
rm -f "$VOLUME/.lost-since"
include_parameters
