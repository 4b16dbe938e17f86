# Whether a standby can follow the primary, and its slot there.
# shellcheck shell=bash

# standing TIMELINE LSN: how data that stands there is related to the primary. Prints one of
#   follows  the primary has all WAL that is missing here
#   behind   the primary has removed some of it: only a new base backup helps
#   ahead    there is something here that the primary never had
#   foreign  it is another database
#   unknown  the primary does not answer
standing() {
  local timeline=$1 lsn=$2 host fork answer identity
  host=$(peer 0)
  answer=$(ask_walsender "$host" IDENTIFY_SYSTEM) || { echo unknown; return; }
  mapfile -t identity <<<"$answer"
  if [[ ${identity[0]} != "$(control 'Database system identifier')" ]]; then echo foreign; return; fi
  fork=$(fork_of "$timeline" "${identity[1]}" "$host") || { echo unknown; return; }
  if [[ $fork == none ]]; then echo ahead; return; fi
  # One byte on: at the very end of a segment it is the next one that is needed.
  ask "$host" "select case
      when '$lsn'::pg_lsn > coalesce(nullif('$fork', '')::pg_lsn, pg_current_wal_flush_lsn()) then 'ahead'
      when substr(pg_walfile_name('$lsn'::pg_lsn + 1), 9) < (select min(substr(name, 9)) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}\$') then 'behind'
      else 'follows' end" || echo unknown
}

# fork_of TIMELINE PRIMARYS_TIMELINE HOST: the LSN at which the primary left a timeline; nothing when it is still on it, "none" when it never was.
fork_of() {
  local history timeline lsn
  if (($1 == $2)); then return; fi
  if (($1 > $2)); then echo none; return; fi
  history=$(ask_walsender "$3" "TIMELINE_HISTORY $2") || return 1
  while read -r timeline lsn _; do
    if [[ $timeline == "$1" ]]; then echo "$lsn"; return; fi
  done <<<"$history"
  echo none
}

# Makes sure that the primary keeps WAL for this standby. A slot that lost its WAL is no use any more.
ensure_slot() {
  local host
  host=$(peer 0)
  ask "$host" "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '$slot' and not active and wal_status = 'lost'" >/dev/null &&
    ask "$host" "select pg_create_physical_replication_slot('$slot', true) where not exists (select from pg_replication_slots where slot_name = '$slot')" >/dev/null
}
