// What `helm test` is to try, read from its environment.

export interface SelfTestSettings {
  /** A namespace that the operator looks after. */
  readonly namespace: string;
  /** The image of PostgreSQL. */
  readonly postgresImage: string;
  /** Milliseconds that each step may take. */
  readonly stepMs: number;
}

/** Reads the settings. @throws Error that names the variable and what it must be. */
export function readSelfTestSettings(env: Readonly<Record<string, string | undefined>>): SelfTestSettings {
  const { TEST_NAMESPACE: namespace = '', TEST_POSTGRES_IMAGE: postgresImage = '', TEST_TIMEOUT_SECONDS: seconds } = env;
  if (namespace === '') throw new Error('TEST_NAMESPACE is not set: it must be a namespace that the operator looks after');
  if (postgresImage === '') throw new Error('TEST_POSTGRES_IMAGE is not set: it must be an image of PostgreSQL');
  if (!(Number(seconds) > 0)) throw new Error(`TEST_TIMEOUT_SECONDS is ${JSON.stringify(seconds)}: it must be a number of seconds`);
  return { namespace, postgresImage, stepMs: Number(seconds) * 1000 };
}
