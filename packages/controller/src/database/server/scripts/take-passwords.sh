#!/usr/bin/env bash
# For a person: gives the data of this standby the passwords of the mounted Secrets. It is needed where those of before are gone, and the primary's
# volume with them: then the primary can take its data from no standby. Nothing is lost by it: what is here stays, on a timeline of its own, and
# the primary takes that. Where there are several standbys, a person has to know which has most: they cannot ask each other either.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

refuse() {
  say "$*"
  exit 1
}

((ordinal > 0)) || refuse 'this is the primary, which has the passwords of its Secrets'
# While the primary runs, the passwords come from there; a timeline of its own would part this standby from it.
if pg_isready --quiet --timeout=3 --host="$(peer 0)" --port="$PORT" || (($? == 1)); then refuse "the primary $(peer 0) is up: this standby gets its passwords from there"; fi
[[ $(ask_here 'select pg_is_in_recovery()') == f ]] || ask_here 'select pg_promote(true, 86400)' >/dev/null
plain_psql --host="$SOCKET_FOLDER" --port="$PORT" --username=postgres --dbname=postgres --file="$config/bootstrap.sql" >/dev/null
say 'done: this server starts again as a standby, and the primary takes its data from it'
pg_ctl --pgdata="$PGDATA" --mode=fast --no-wait stop
