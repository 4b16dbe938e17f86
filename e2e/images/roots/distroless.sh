#!/bin/sh
# Run on extracted packages whose scripts never ran: does what little they would have done and takes the tools out.
set -eu
root=$1
mkdir -p "$root/etc/ssl/certs" "$root/home/nonroot"
find "$root/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat > "$root/etc/ssl/certs/ca-certificates.crt"
printf '%s\n' 'root:x:0:0:root:/root:/sbin/nologin' 'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin' \
  'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' > "$root/etc/passwd"
printf '%s\n' 'root:x:0:' 'tty:x:5:' 'nobody:x:65534:' 'nonroot:x:65532:' > "$root/etc/group"
printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' > "$root/etc/nsswitch.conf"
chown 65532:65532 "$root/home/nonroot"
chmod 0700 "$root/home/nonroot"
# No shell, no package manager, no interpreter; and nothing of the machine that unpacked the packages.
rm -rf "$root"/usr/bin/* "$root"/usr/sbin/* "$root"/usr/share/perl5 "$root"/usr/share/debconf "$root"/usr/share/doc \
  "$root"/usr/share/man "$root"/usr/share/gcc "$root"/usr/share/gdb "$root"/usr/share/lintian "$root"/usr/share/pixmaps \
  "$root"/usr/lib/ssl/misc "$root"/etc/apt "$root"/etc/dpkg "$root"/var/lib/apt "$root"/var/lib/dpkg "$root"/var/cache/* \
  "$root"/var/log/* "$root"/etc/resolv.conf "$root"/etc/hostname "$root"/etc/update-motd.d "$root"/tmp/mmdebstrap.*
