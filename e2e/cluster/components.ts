import { toolPath } from './tools.ts';

/** Everything that differs between the cluster's control plane and the bare one of the integration tests. */
export interface ControlPlaneSettings {
  /** The folder createPki filled, as the component sees it. */
  pki: string;
  data: string;
  address: string;
  apiPort: number;
  etcdPort: number;
  etcdPeerPort: number;
}

export function etcd(settings: ControlPlaneSettings): string[] {
  const client = `http://127.0.0.1:${settings.etcdPort}`;
  const peer = `http://127.0.0.1:${settings.etcdPeerPort}`;
  return [
    toolPath('etcd'),
    '--name=e2e',
    `--data-dir=${settings.data}/etcd`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=e2e=${peer}`,
    // The data never outlives the test ground; waiting for the disk would only slow it down.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiServer(settings: ControlPlaneSettings, extra: string[]): string[] {
  const { pki } = settings;
  return [
    toolPath('kube-apiserver'),
    `--etcd-servers=http://127.0.0.1:${settings.etcdPort}`,
    `--advertise-address=${settings.address}`,
    `--secure-port=${settings.apiPort}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--cert-dir=${settings.data}/apiserver`,
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki}/service-account.pub`,
    `--service-account-signing-key-file=${pki}/service-account.key`,
    ...extra,
  ];
}

/** Writes down every request, without bodies; a log that is that large is not continued in another file. */
export const auditFlags = (policy: string, log: string): string[] => [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`, '--audit-log-maxsize=4096'];

export function controllerManager(settings: ControlPlaneSettings, kubeconfig: string, extra: string[]): string[] {
  const { pki } = settings;
  return [
    toolPath('kube-controller-manager'),
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pki}/service-account.key`,
    `--root-ca-file=${pki}/ca.crt`,
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    // Tests wait for controllers: let them answer at once.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--concurrent-gc-syncs=20',
    '--concurrent-job-syncs=10',
    ...extra,
  ];
}
