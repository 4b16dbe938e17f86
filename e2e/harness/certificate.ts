// Certificates of a Database's servers, and clients that look at them.
import { createServerPki } from '../cluster/pki.ts';
import type { RunResult } from '../lib/run.ts';
import type { Kubectl } from './kubectl.ts';

/** The host that applications connect to. */
const hostOf = ({ namespace }: Kubectl, database: string): string => `${database}.${namespace}.svc.cluster.local`;

/** Puts a new certificate for a Database into a Secret, as cert-manager does; returns that of the CA that signed it, which has signed nothing else. */
export async function renewCertificate(kubectl: Kubectl, secret: string, database: string): Promise<string> {
  const { ca, cert, key } = await createServerPki([hostOf(kubectl, database)]);
  await kubectl.apply({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: secret }, stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca } });
  return ca;
}

const CLIENT = `
printf %s "$1" > /tmp/ca.crt
export PGPASSWORD=$(cat /etc/postgres-operator/credentials/password)
exec psql "host=$2 user=app dbname=shop sslmode=verify-full sslrootcert=/tmp/ca.crt" -XAtc 'select version from pg_stat_ssl where pid = pg_backend_pid()'`;

/** A client in the pod of another server, which lets itself in only where a CA vouches for the host: it prints the version of TLS. */
export const verifyingClient = (kubectl: Kubectl, { pod, database, ca }: { readonly pod: string; readonly database: string; readonly ca: string }): Promise<RunResult> =>
  kubectl.attempt('exec', pod, '-c', 'postgres', '--', 'bash', '-c', CLIENT, 'bash', ca, hostOf(kubectl, database));
