import { apiServer, auditFlags, controllerManager, etcd, type ControlPlaneSettings } from './components.ts';
import { NODE_STATE } from './paths.ts';
import { toolPath } from './tools.ts';

export const NODE_NAME = 'e2e-node';
/** Exists only inside the namespaces of the node, so every cluster may have the same. */
export const NODE_ADDRESS = '10.200.0.1';
export const API_SOCKET = 'api.sock';

const CONFIG = `${NODE_STATE}/config`;
const AFTER_API = 'until (: </dev/tcp/127.0.0.1/6443) 2>/dev/null; do sleep 0.1; done';
const AFTER_CONTAINERD = 'until [ -S /run/containerd/containerd.sock ]; do sleep 0.1; done';

interface Unit {
  command: string[];
  /** Shell that waits for what the component would otherwise die without. */
  after?: string;
}

/** The long-running programs of the node, each a script that init.sh starts and starts again when it ends. */
export function nodeUnits(cgroup: string): Record<string, string> {
  const units: Record<string, Unit> = { ...controlPlaneUnits(), ...workerUnits(cgroup), ...addonUnits() };
  return Object.fromEntries(Object.entries(units).map(([name, unit]) => [name, script(unit)]));
}

function controlPlaneUnits(): Record<string, Unit> {
  const settings: ControlPlaneSettings = {
    pki: `${NODE_STATE}/pki`,
    data: NODE_STATE,
    address: NODE_ADDRESS,
    apiPort: 6443,
    etcdPort: 2379,
    etcdPeerPort: 2380,
  };
  return {
    etcd: { command: etcd(settings) },
    'kube-apiserver': {
      command: apiServer(settings, [
        '--kubelet-preferred-address-types=InternalIP',
        `--kubelet-client-certificate=${NODE_STATE}/pki/apiserver-kubelet.crt`,
        `--kubelet-client-key=${NODE_STATE}/pki/apiserver-kubelet.key`,
        ...auditFlags(`${CONFIG}/audit-policy.yaml`, `${NODE_STATE}/logs/audit.log`),
      ]),
    },
    'kube-controller-manager': { command: controllerManager(settings, kubeconfig('controller-manager'), []), after: AFTER_API },
    'kube-scheduler': {
      command: [toolPath('kube-scheduler'), `--kubeconfig=${kubeconfig('scheduler')}`, '--leader-elect=false'],
      after: AFTER_API,
    },
    // The host reaches the API server through this socket only: a path crosses network namespaces, a packet does not.
    forwarder: { command: [process.execPath, `${CONFIG}/forward.ts`, API_SOCKET, '127.0.0.1:6443'] },
  };
}

function workerUnits(cgroup: string): Record<string, Unit> {
  return {
    containerd: { command: ['containerd', `--config=${CONFIG}/containerd.toml`] },
    kubelet: {
      command: [
        toolPath('kubelet'),
        `--config=${CONFIG}/kubelet.yaml`,
        `--kubeconfig=${kubeconfig('kubelet')}`,
        `--hostname-override=${NODE_NAME}`,
        `--node-ip=${NODE_ADDRESS}`,
        `--root-dir=${NODE_STATE}/kubelet`,
        `--cert-dir=${NODE_STATE}/kubelet/pki`,
        // The host's hierarchies are shared; this branch of them is the cluster's own and removed with it.
        `--cgroup-root=${cgroup}`,
      ],
      after: `${AFTER_CONTAINERD}; ${AFTER_API}`,
    },
    'kube-proxy': {
      command: [toolPath('kube-proxy'), `--config=${CONFIG}/kube-proxy.yaml`, `--hostname-override=${NODE_NAME}`],
      after: AFTER_API,
    },
  };
}

function addonUnits(): Record<string, Unit> {
  return {
    coredns: { command: [toolPath('coredns'), `-conf=${CONFIG}/Corefile`], after: AFTER_API },
    'local-path-provisioner': {
      command: [
        toolPath('local-path-provisioner'),
        'start',
        `--kubeconfig=${kubeconfig('local-path-provisioner')}`,
        `--config=${CONFIG}/local-path.json`,
        `--helper-pod-file=${CONFIG}/local-path-helper.yaml`,
        '--provisioner-name=rancher.io/local-path',
        '--namespace=local-path-storage',
        '--configmap-name=local-path-config',
        '--service-account-name=local-path-provisioner',
        '--helper-image=docker.io/library/busybox:stable',
      ],
      after: AFTER_API,
    },
  };
}

export function kubeconfig(client: string): string {
  return `${NODE_STATE}/kubeconfigs/${client}`;
}

function script(unit: Unit): string {
  return `#!/bin/bash\n${unit.after === undefined ? '' : `${unit.after}\n`}exec ${unit.command.map(quote).join(' \\\n  ')}\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
