#!/usr/bin/env bash
# Starts PostgreSQL: ordinal 0 as the primary, every other one as a standby of it. The process ends as postgres.
# The shell is the first process of the container, where a signal without a trap is ignored.
trap 'exit 143' INT TERM
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=base-backup.sh
source "$config/base-backup.sh"
# shellcheck source=parameters.sh
source "$config/parameters.sh"
# shellcheck source=majors.sh
source "$config/majors.sh"

check_majors
write_passfile

options=(
  -c "listen_addresses=$LISTEN_ADDRESSES" -c "port=$PORT" -c "unix_socket_directories=$SOCKET_FOLDER" -c "hba_file=$hba"
  -c "max_slot_wal_keep_size=${MAX_SLOT_WAL_KEEP_MB}MB"
  # A standby asks again each second after its primary was restarted, and neither waits long for a peer that went without a word.
  -c wal_retrieve_retry_interval=1s -c wal_receiver_timeout=20s -c wal_sender_timeout=20s
)
if ((ordinal == 0)); then
  # shellcheck source=primary.sh
  source "$config/primary.sh"
else
  # shellcheck source=standby.sh
  source "$config/standby.sh"
fi
read_files_at_start
exec postgres -D "$PGDATA" "${options[@]}"
