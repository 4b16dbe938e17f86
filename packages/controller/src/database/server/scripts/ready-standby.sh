# A standby: in recovery, receives WAL, and what it shows is not too old. One that cannot receive is helped.
# shellcheck shell=bash
# shellcheck source=standing.sh
source "$config/standing.sh"

write_passfile

stop_server() { pg_ctl --pgdata="$PGDATA" --mode=fast --no-wait stop; }

# latest_end_lsn, where the primary is, is not known until its first message, which may take 10 s.
read -r recovering receiver lag timeline lsn shown tried paused <<<"$(ask_here "select pg_is_in_recovery(), coalesce(r.status, 'none'),
    coalesce((r.latest_end_lsn - pg_last_wal_replay_lsn())::bigint::text, 'unknown'),
    coalesce(r.received_tli, nullif(c.min_recovery_end_timeline, 0), (select timeline_id from pg_control_checkpoint())),
    greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn() is not null, pg_is_wal_replay_paused()
  from pg_control_recovery() c left join pg_stat_wal_receiver r on true" | tr '|' ' ')"
[[ $recovering == t ]]

# Replay pauses where a setting of the primary was raised. The start knows how to go on.
show() { ask_here "show $1"; }
if [[ $paused == t && -n $(outgrown "$PGDATA" show) ]]; then
  stop_server
  exit 1
fi

if [[ $receiver != streaming ]]; then
  case $(standing "$timeline" "$lsn") in
    follows) ensure_slot ;;
    behind)
      # Before it has asked for WAL, it still replays what is in the volume.
      if [[ $tried == t ]]; then
        echo "$timeline $lsn" >"$rebuild_mark"
        stop_server
      fi
      ;;
    # The start says so and keeps the data.
    ahead | foreign) stop_server ;;
  esac
  exit 1
fi
if [[ $lag == unknown ]]; then lag=$(ask "$(peer 0)" "select (pg_current_wal_flush_lsn() - '$shown')::bigint"); fi
((lag <= MAX_LAG_BYTES))
