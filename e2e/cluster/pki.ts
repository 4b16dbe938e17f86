import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../lib/run.ts';

/** Who a client certificate speaks for: the user name and the groups the API server reads from it. */
export interface ClientIdentity {
  name: string;
  user: string;
  group?: string;
}

export const ADMIN: ClientIdentity = { name: 'admin', user: 'e2e-admin', group: 'system:masters' };
export const CONTROLLER_MANAGER: ClientIdentity = { name: 'controller-manager', user: 'system:kube-controller-manager' };

// Its own configuration: the system's would add CA extensions to every certificate.
const OPENSSL_CONFIG = '[req]\ndistinguished_name = dn\nprompt = no\n[dn]\n';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];

/** A CA, the API server's certificate, one for each client, and the key service account tokens are signed with. */
export async function createPki(folder: string, hosts: string[], clients: ClientIdentity[]): Promise<void> {
  await createCa(folder);
  writeServiceAccountKey(folder);
  await Promise.all([
    signed(folder, 'apiserver', '/CN=kube-apiserver', serverExtensions(hosts)),
    // What the API server shows to kubelets for exec and logs.
    signed(folder, 'apiserver-kubelet', '/O=system:masters/CN=kube-apiserver', ['extendedKeyUsage=clientAuth']),
    ...clients.map(({ name, user, group }) =>
      signed(folder, name, `${group === undefined ? '' : `/O=${group}`}/CN=${user}`, ['extendedKeyUsage=clientAuth']),
    ),
  ]);
}

/** What a TLS server and its clients need, as PEM. */
export interface ServerPki {
  ca: string;
  cert: string;
  key: string;
}

/** A certificate for a server, signed by a CA that nobody else knows and whose key is thrown away. */
export async function createServerPki(hosts: string[]): Promise<ServerPki> {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-pki-'));
  try {
    await createCa(folder);
    await signed(folder, 'server', `/CN=${hosts[0] ?? 'server'}`, serverExtensions(hosts));
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    return { ca: read('ca.crt'), cert: read('server.crt'), key: read('server.key') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface KubeconfigContent {
  pki: string;
  server: string;
  /** Name of a client identity. */
  client: string;
  /** Of the context, the cluster and the user. */
  name: string;
}

export function writeKubeconfig(file: string, { pki, server, client, name }: KubeconfigContent): void {
  const inline = (certificate: string): string => readFileSync(join(pki, certificate)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': inline('ca.crt') } }],
    users: [{ name, user: { 'client-certificate-data': inline(`${client}.crt`), 'client-key-data': inline(`${client}.key`) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  // JSON is YAML too.
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

async function createCa(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'openssl.cnf'), OPENSSL_CONFIG);
  await openssl(folder, 'ca', '/CN=e2e-ca', extensions(['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature']));
}

function serverExtensions(hosts: string[]): string[] {
  const names = hosts.map((host) => `${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`).join(',');
  return ['extendedKeyUsage=serverAuth', `subjectAltName=${names}`];
}

function signed(folder: string, name: string, subject: string, own: string[]): Promise<void> {
  const signer = ['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')];
  return openssl(folder, name, subject, [...signer, ...extensions(['keyUsage=critical,digitalSignature', ...own])]);
}

async function openssl(folder: string, name: string, subject: string, more: string[]): Promise<void> {
  const files = ['-config', join(folder, 'openssl.cnf'), '-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)];
  await run('openssl', ['req', '-x509', ...NEW_KEY, ...files, '-subj', subject, ...more]);
}

function extensions(values: string[]): string[] {
  return values.flatMap((value) => ['-addext', value]);
}

function writeServiceAccountKey(folder: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(join(folder, 'service-account.key'), privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'service-account.pub'), publicKey);
}
