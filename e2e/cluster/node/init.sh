#!/bin/bash
# First process of the node, in network, mount, process and host-name namespaces of its own: when it ends, everything it started
# ends with it and every mount and address it made is gone. Usage: init.sh STATE_DIR
set -euo pipefail
state=$1

# Private first, so that nothing below shows on the host; shared again for what kubelet and containers mount among themselves.
mount --make-rprivate /
mount -t proc proc /proc
mount --make-rshared /

# Places that are fixed in containerd, runc, kubelet and the CNI library. Hidden here, so that clusters share none of them.
mkdir -p "$state"/{var-log/pods,var-log/containers,volumes,cni,kubelet} /var/lib/cni
mount --bind "$state" /mnt
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/node /run/lock
mount --bind /mnt /run/node
umount /mnt
state=/run/node
mount --bind "$state/var-log" /var/log
mount --bind "$state/cni" /var/lib/cni

# No way out: the node address sits on a pair of devices that both stay in here. Service and default routes have to exist,
# or a connection fails before kube-proxy can rewrite it.
hostname e2e-node
ip link set lo up
ip link add node0 type veth peer name node1
ip address add 10.200.0.1/24 dev node0
ip link set node1 up
ip link set node0 up
ip route add default dev node0
ip route add 10.96.0.0/16 dev node0
echo 1 >/proc/sys/net/ipv4/ip_forward

cd "$state"
supervise() {
  while :; do
    "units/$1" </dev/null >>"logs/$1.log" 2>&1 || echo "--- $1 ended with $?, starts again ---" >>"logs/$1.log"
    sleep 0.5
  done
}
for unit in units/*; do
  supervise "$(basename "$unit")" &
done
# Also reaps what the containers leave to the first process.
wait
