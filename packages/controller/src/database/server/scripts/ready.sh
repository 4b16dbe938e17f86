#!/usr/bin/env bash
# Says by its exit code whether this server may get connections, and does on the way what has to be done while a server runs.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=parameters.sh
source "$config/parameters.sh"

if ((ordinal == 0)); then
  # shellcheck source=ready-primary.sh
  source "$config/ready-primary.sh"
else
  # shellcheck source=ready-standby.sh
  source "$config/ready-standby.sh"
fi
reload_when_changed
