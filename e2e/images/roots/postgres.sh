#!/bin/sh
# Run on the unpacked tree of the PostgreSQL images.
set -eu
root=$1
chroot "$root" localedef -i en_US -c -f UTF-8 en_US.UTF-8
rm -rf "$root/usr/share/i18n"
# Debian's psql & Co. are Perl wrappers that choose a cluster; the programs themselves are on the PATH.
find "$root/usr/bin" -lname '*pg_wrapper' -delete
exec sh "$(dirname "$0")/slim.sh" "$root"
