// The controller's settings, read once from its environment and checked there.

export interface Config {
  /** Image of the Jobs that dump and restore. */
  readonly runnerImage: string;
  readonly runnerImagePullPolicy: string;
  /** Version of the operator, written into manifests of backups. */
  readonly operatorVersion: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Port of /metrics. */
  readonly metricsPort: number;
  /** Port of /healthz and /readyz. */
  readonly healthPort: number;
  /** Reconciles of one kind at the same time. */
  readonly workers: number;
  /** Name of this pod, for Events. */
  readonly instance: string;
}

/** Reads the configuration. @throws Error that names the variable and what it must be. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  return Object.freeze({
    runnerImage: required(env, 'RUNNER_IMAGE', 'the image of the Jobs that dump and restore'),
    runnerImagePullPolicy: oneOf(env, 'RUNNER_IMAGE_PULL_POLICY', ['IfNotPresent', 'Always', 'Never']),
    operatorVersion: env['OPERATOR_VERSION'] ?? 'development',
    logLevel: oneOf(env, 'LOG_LEVEL', ['info', 'debug', 'warn', 'error']),
    metricsPort: integer(env, 'METRICS_PORT', 8080),
    healthPort: integer(env, 'HEALTH_PORT', 8081),
    workers: integer(env, 'WORKERS', 4),
    instance: env['POD_NAME'] ?? 'postgres-operator',
  });
}

function required(env: Readonly<Record<string, string | undefined>>, name: string, what: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: it must be ${what}`);
  return value;
}

function oneOf<const T extends string>(env: Readonly<Record<string, string | undefined>>, name: string, [first, ...others]: readonly [T, ...T[]]): T {
  const value = env[name] ?? first;
  const found = [first, ...others].find((allowed) => allowed === value);
  if (found === undefined) throw new Error(`${name} is ${JSON.stringify(value)}: it must be one of ${[first, ...others].join(', ')}`);
  return found;
}

function integer(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const value = Number(env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1 || value > 65535) throw new Error(`${name} is ${JSON.stringify(env[name])}: it must be a whole number from 1 to 65535`);
  return value;
}
