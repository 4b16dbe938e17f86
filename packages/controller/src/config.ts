// The controller's settings, read once from its environment and checked there.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { isStorageLocation, quantityValue, STORAGE_LOCATION_RULE } from '@postgres-operator/api';
import { LEASE_NAME } from './rbac.ts';
import { timingsViolation, type LeaseTimings } from './runtime/lease.ts';

/** The election of the one process that works. */
export interface ElectionConfig {
  /** The Lease that the candidates share. */
  readonly lease: { readonly namespace: string; readonly name: string };
  readonly identity: string;
  readonly timings: LeaseTimings;
}

export interface Config {
  /** Image of the Jobs that dump and restore. */
  readonly runnerImage: string;
  readonly runnerImagePullPolicy: string;
  /** Names of Secrets for pulling it, expected in the namespace of each Job. */
  readonly runnerImagePullSecrets: readonly string[];
  /** The namespaces that are looked after; none for all of the cluster. */
  readonly watchNamespaces: readonly string[];
  /** Where Backups are stored that do not say where; '' for a claim that the operator makes. */
  readonly defaultStorageLocation: string;
  /** Name of the Secret with the keys for it, expected in the namespace of each Backup; '' for none. */
  readonly defaultCredentialsSecret: string;
  /** Size of a claim that the operator makes for Backups, as a quantity; '' for that of the Database's volume. */
  readonly defaultClaimSize: string;
  /** Untrusted extensions that a superuser may create for the content of a Restore. */
  readonly allowedExtensions: readonly string[];
  /** Version of the operator, written into manifests of backups. */
  readonly operatorVersion: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Port of /metrics. */
  readonly metricsPort: number;
  /** Folder with the certificate of /metrics, which is then for those who may read it only; '' for plain HTTP to all who reach it. */
  readonly metricsCertificateFolder: string;
  /** Port of /healthz and /readyz. */
  readonly healthPort: number;
  /** Reconciles of one kind at the same time. */
  readonly workers: number;
  /** Name of this pod, for Events. */
  readonly instance: string;
  /** Without it the process works at once: it must be the only one. */
  readonly election?: ElectionConfig;
}

/** A DNS subdomain, as Kubernetes names Secrets. */
const SECRET_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A DNS label, as Kubernetes names namespaces. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the configuration. @throws Error that names the variable and what it must be. */
export function readConfig(env: Environment): Config {
  const election = readElection(env);
  return Object.freeze({
    runnerImage: required(env, 'RUNNER_IMAGE', 'the image of the Jobs that dump and restore'),
    runnerImagePullPolicy: oneOf(env, 'RUNNER_IMAGE_PULL_POLICY', ['IfNotPresent', 'Always', 'Never']),
    runnerImagePullSecrets: namesIn(env, 'RUNNER_IMAGE_PULL_SECRETS', { pattern: SECRET_NAME, what: 'names of Secrets' }),
    watchNamespaces: readNamespaces(env),
    ...readStorageDefaults(env),
    allowedExtensions: namesIn(env, 'ALLOWED_EXTENSIONS', { pattern: EXTENSION_NAME, what: 'names of extensions' }),
    operatorVersion: env['OPERATOR_VERSION'] ?? 'development',
    logLevel: oneOf(env, 'LOG_LEVEL', ['info', 'debug', 'warn', 'error']),
    metricsPort: integer(env, 'METRICS_PORT', 8080),
    metricsCertificateFolder: env['METRICS_CERTIFICATE_FOLDER'] ?? '',
    healthPort: integer(env, 'HEALTH_PORT', 8081),
    workers: integer(env, 'WORKERS', 10),
    instance: env['POD_NAME'] ?? 'postgres-operator',
    ...(election && { election }),
  });
}

function readStorageDefaults(env: Environment): Pick<Config, 'defaultStorageLocation' | 'defaultCredentialsSecret' | 'defaultClaimSize'> {
  const { DEFAULT_STORAGE_LOCATION: defaultStorageLocation = '', DEFAULT_CREDENTIALS_SECRET: defaultCredentialsSecret = '' } = env;
  if (defaultStorageLocation !== '' && !isStorageLocation(defaultStorageLocation)) {
    throw new Error(`DEFAULT_STORAGE_LOCATION is ${JSON.stringify(defaultStorageLocation)}: it ${STORAGE_LOCATION_RULE}`);
  }
  if (defaultCredentialsSecret !== '' && !SECRET_NAME.test(defaultCredentialsSecret)) {
    throw new Error(`DEFAULT_CREDENTIALS_SECRET is ${JSON.stringify(defaultCredentialsSecret)}: it must be the name of a Secret, without a namespace`);
  }
  if (defaultCredentialsSecret !== '' && !defaultStorageLocation.startsWith('s3://')) {
    throw new Error('DEFAULT_CREDENTIALS_SECRET is set, but DEFAULT_STORAGE_LOCATION is no bucket: it is for that location only');
  }
  return { defaultStorageLocation, defaultCredentialsSecret, defaultClaimSize: readClaimSize(env) };
}

function readClaimSize({ DEFAULT_CLAIM_SIZE: size = '' }: Environment): string {
  if (size === '' || (quantityValue(size) ?? 0) > 0) return size;
  throw new Error(`DEFAULT_CLAIM_SIZE is ${JSON.stringify(size)}: it must be a quantity, such as 20Gi`);
}

/** As CREATE EXTENSION takes them without quotes, and a few that need them, such as uuid-ossp. */
const EXTENSION_NAME = /^[A-Za-z_][-A-Za-z0-9_]{0,62}$/;

function namesIn(env: Environment, variable: string, { pattern, what }: { pattern: RegExp; what: string }): string[] {
  const names = (env[variable] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
  const wrong = names.find((name) => !pattern.test(name));
  if (wrong !== undefined) throw new Error(`${variable} has ${JSON.stringify(wrong)}: it must be ${what}, separated by commas`);
  return names;
}

/** Each of them costs a watch a kind. */
const MAX_NAMESPACES = 50;

function readNamespaces(env: Environment): string[] {
  const namespaces = [...new Set(namesIn(env, 'WATCH_NAMESPACES', { pattern: NAMESPACE, what: 'names of namespaces' }))];
  if (namespaces.length > MAX_NAMESPACES) throw new Error(`WATCH_NAMESPACES has ${namespaces.length} namespaces: it may have ${MAX_NAMESPACES}; leave it empty to watch all`);
  return namespaces;
}

function readElection(env: Environment): ElectionConfig | undefined {
  if (oneOf(env, 'LEADER_ELECTION', ['on', 'off']) === 'off') return undefined;
  const timings = { leaseMs: seconds(env, 'LEASE_SECONDS', 15), renewDeadlineMs: seconds(env, 'LEASE_RENEW_DEADLINE_SECONDS', 10), retryMs: seconds(env, 'LEASE_RETRY_SECONDS', 2) };
  const violation = timingsViolation(timings);
  if (violation !== undefined) throw new Error(`LEASE_SECONDS, LEASE_RENEW_DEADLINE_SECONDS and LEASE_RETRY_SECONDS do not go together: ${violation}`);
  const namespace = required(env, 'POD_NAMESPACE', 'the namespace of the Lease that the leader holds (or set LEADER_ELECTION=off where there is only one controller)');
  // No two pods of a Deployment have one name. A process outside a pod has none, and may run beside others on its host.
  const identity = env['POD_NAME'] ?? `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  return { lease: { namespace, name: LEASE_NAME }, identity, timings };
}

function required(env: Environment, name: string, what: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: it must be ${what}`);
  return value;
}

function oneOf<const T extends string>(env: Environment, name: string, [first, ...others]: readonly [T, ...T[]]): T {
  const value = env[name] ?? first;
  const found = [first, ...others].find((allowed) => allowed === value);
  if (found === undefined) throw new Error(`${name} is ${JSON.stringify(value)}: it must be one of ${[first, ...others].join(', ')}`);
  return found;
}

function seconds(env: Environment, name: string, fallback: number): number {
  const value = Number(env[name] ?? fallback);
  if (!(value > 0 && value <= 3600)) throw new Error(`${name} is ${JSON.stringify(env[name])}: it must be a number of seconds, at most 3600`);
  return Math.round(value * 1000);
}

function integer(env: Environment, name: string, fallback: number): number {
  const value = Number(env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1 || value > 65535) throw new Error(`${name} is ${JSON.stringify(env[name])}: it must be a whole number from 1 to 65535`);
  return value;
}
