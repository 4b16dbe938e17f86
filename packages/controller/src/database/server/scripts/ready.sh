#!/usr/bin/env bash
# Says by its exit code whether this server may get connections, and does on the way what has to be done while a server runs.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The kubelet asks for readiness as soon as the startup probe has ended, and clients wait for the answer: it is known.
if [[ -e $found_ready ]] && read -r found <"$found_ready" && ((found + 3 > EPOCHSECONDS)); then exit; fi

# shellcheck source=parameters.sh
source "$config/parameters.sh"
# shellcheck source=majors.sh
source "$config/majors.sh"

if ((ordinal == 0)); then
  # shellcheck source=ready-primary.sh
  source "$config/ready-primary.sh"
else
  # shellcheck source=ready-standby.sh
  source "$config/ready-standby.sh"
fi
tidy_majors
reload_when_changed
