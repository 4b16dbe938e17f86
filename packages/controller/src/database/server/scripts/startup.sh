#!/usr/bin/env bash
# The startup probe: waits for the server some seconds, and ends as soon as it may get connections. One that only looked, once a second,
# would keep clients out for up to a second more.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rm -f "$found_ready"
# The server is asked when it can be: looking for its socket costs nothing while, say, a copy is made.
until [[ -S $SOCKET_FOLDER/.s.PGSQL.$PORT ]] && bash "$config/ready.sh"; do
  # Well within the time of the probe, which asks again.
  ((SECONDS < 4)) || exit 1
  sleep 0.1
done
echo "$EPOCHSECONDS" >"$found_ready"
