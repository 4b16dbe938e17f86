# Makes PGDATA the data of a standby that follows the primary. Data is thrown away in one case only: when it is of this very database, all in
# it came from this primary, and it can no longer catch up.
# shellcheck shell=bash
# shellcheck source=standing.sh
source "$config/standing.sh"

primary=$(peer 0)

# Removes the data of other majors where a copy of about the same size does not fit.
make_room() {
  local major
  while read -r major; do
    if (($(du -sk "$VOLUME/$major" | cut -f1) * 5 / 4 > $(df -Pk "$VOLUME" | awk 'END { print $4 }'))); then
      say "removing the data of PostgreSQL $major: a copy of the primary does not fit beside it"
      rm -rf "${VOLUME:?}/$major"
    fi
  done < <(other_majors)
}

copy_primary() {
  until ask "$primary" 'select 1' >/dev/null 2>&1; do
    [[ -v waiting ]] || say "waiting for the primary $primary"
    waiting=yes
    sleep 0.5
  done
  # The slot of this ordinal may be there from before, and held by a connection that has not noticed its end.
  ask "$primary" "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '$slot' and active" >/dev/null
  until ask "$primary" "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '$slot'" >/dev/null; do sleep 0.5; done
  # Two copies do not fit into every volume. The old one helps as long as the new one is not there; that of another major helps nobody but
  # this standby, if the Database goes back to it.
  make_room
  if has_data && (($(du -sk "$PGDATA" | cut -f1) * 5 / 4 > $(df -Pk "$VOLUME" | awk 'END { print $4 }'))); then rm -rf "$PGDATA"; fi
  base_backup "$primary" --create-slot --slot="$slot"
  settle
}

# The probe of a running standby leaves this, with where it stood: see ready-standby.sh.
if [[ -e $rebuild_mark ]]; then
  read -r timeline lsn <"$rebuild_mark"
  if [[ $(standing "$timeline" "$lsn") == behind ]]; then
    say "the primary no longer has the WAL that follows $lsn: this standby is made anew"
    copy_primary
  fi
  rm -f "$rebuild_mark"
fi
if has_data; then
  read -r timeline lsn <<<"$(stands_at)"
  case $(standing "$timeline" "$lsn") in
    ahead) fail "the data of this standby has changes that the primary $primary does not have (up to $lsn on timeline $timeline): it is kept. If nobody needs them, delete the claim and then the pod of this standby" ;;
    foreign)
      superseded "$own" || fail "the primary $primary is another database than the one in the volume of this standby (its system identifier differs): the data is kept. Find out which of the two is the right one before you delete a claim"
      say "the data of PostgreSQL $own in this volume is of before an upgrade: this standby is made anew"
      copy_primary
      no_longer_superseded
      ;;
    follows)
      no_longer_superseded
      ensure_slot || say 'the replication slot is made sure of when the primary answers'
      ;;
    # Without its primary it serves what it has. And whether it is behind is not known yet: there may be more WAL here than its data has seen.
    *) ensure_slot || say 'the replication slot is made sure of when the primary answers' ;;
  esac
else
  copy_primary
fi
touch "$PGDATA/standby.signal"
include_parameters

options+=(-c "primary_conninfo=$(connection "$primary") keepalives_idle=5 keepalives_interval=5 keepalives_count=3" -c "primary_slot_name=$slot" -c hot_standby=on)
while read -r setting; do options+=(-c "$setting"); done < <(outgrown "$PGDATA" postgres -D "$PGDATA" "${options[@]}" -C)
