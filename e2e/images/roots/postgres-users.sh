#!/bin/sh
# Run before postgresql is unpacked: its packages take the user and the settings they find.
set -eu
root=$1
# The ids of the official image; a minimal system has no groupadd yet.
echo 'postgres:x:999:' >> "$root/etc/group"
echo 'postgres:!::' >> "$root/etc/gshadow"
echo 'postgres:x:999:999::/var/lib/postgresql:/bin/bash' >> "$root/etc/passwd"
echo 'postgres:*:20000:0:99999:7:::' >> "$root/etc/shadow"
mkdir -p "$root/etc/postgresql-common"
echo 'create_main_cluster = false' > "$root/etc/postgresql-common/createcluster.conf"
