#!/usr/bin/env bash
# Before a stop: what is written now need not be written while the server refuses connections.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
ask_here 'checkpoint'
