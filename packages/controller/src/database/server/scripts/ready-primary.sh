# The primary: accepts connections, is not in recovery, and has the roles, passwords and the database that the mounted files say.
# shellcheck shell=bash
# What was found earlier, as long as the pod lives.
memory=$SOCKET_FOLDER/.operator
mkdir -p "$memory"

# One question: each costs a process and a session, and clients wait for the answer when a server comes back.
IFS='|' read -r recovering idle_slots <<<"$(ask_here "select pg_is_in_recovery(), (select string_agg(slot_name, ' ') from pg_replication_slots
    where slot_type = 'physical' and not active and slot_name ~ '^standby_[0-9]+\$')")"
[[ $recovering == f ]]

# So kept volumes and changed Secrets just work. Until the first time, clients can log in only as before.
wanted=$(cat "$config/bootstrap.sql" "$INTERNAL_FOLDER"/*password "$CREDENTIALS_FOLDER"/*password | sha256sum)
if [[ ! -e $memory/bootstrapped || $(<"$memory/bootstrapped") != "$wanted" ]]; then
  plain_psql --host="$SOCKET_FOLDER" --port="$PORT" --username=postgres --dbname=postgres --file="$config/bootstrap.sql" >/dev/null
  echo "$wanted" >"$memory/bootstrapped"
fi

# The slots of standbys that are no longer wanted. After scaling up, the number that is mounted here lags behind: a slot that a standby is
# about to use must not be one of them, so it has to be idle for a while.
for stale in $idle_slots; do
  idle=$memory/$stale.idle
  if ((${stale#standby_} < REPLICAS)); then
    rm -f "$idle"
  elif [[ ! -e $idle ]]; then
    touch "$idle"
  elif (($(date +%s) - $(stat -c %Y "$idle") >= STALE_SLOT_SECONDS)); then
    ask_here "select pg_drop_replication_slot('$stale')" >/dev/null
    rm -f "$idle"
  fi
done
