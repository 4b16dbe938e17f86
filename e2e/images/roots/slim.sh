#!/bin/sh
# Run on the unpacked tree of a stand-in for a slim Debian image.
set -eu
root=$1
# Everything the Dockerfiles install is there already. Without sources `apt-get update` succeeds at once and needs no network.
rm -f "$root/etc/apt/sources.list"
rm -rf "$root/etc/apt/sources.list.d" "$root"/var/log/apt "$root/var/log/dpkg.log" "$root"/var/cache/debconf/*-old
