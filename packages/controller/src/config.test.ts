import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const MINIMUM = { RUNNER_IMAGE: 'runner:1', POD_NAMESPACE: 'operator' };

describe('the configuration', () => {
  test('of a pod elects a leader by its name, with the timings of client-go', () => {
    expect(readConfig({ ...MINIMUM, POD_NAME: 'controller-0' }).election).toEqual({
      identity: 'controller-0',
      lease: { namespace: 'operator', name: 'postgres-operator.database.example.com' },
      timings: { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 },
    });
  });

  test('of a process outside a pod gives it an identity that no other one has', () => {
    expect(readConfig(MINIMUM).election?.identity).not.toBe(readConfig(MINIMUM).election?.identity);
  });

  test('can do without an election', () => {
    expect(readConfig({ RUNNER_IMAGE: 'runner:1', LEADER_ELECTION: 'off' })).not.toHaveProperty('election');
  });

  test('says where Backups go that do not say it themselves', () => {
    expect(readConfig(MINIMUM)).toMatchObject({ defaultStorageLocation: '', defaultCredentialsSecret: '' });
    const env = { DEFAULT_STORAGE_LOCATION: 's3://company/all', DEFAULT_CREDENTIALS_SECRET: 'company-keys' };
    expect(readConfig({ ...MINIMUM, ...env })).toMatchObject({ defaultStorageLocation: 's3://company/all', defaultCredentialsSecret: 'company-keys' });
  });

  test('says how large a claim for Backups is', () => {
    expect(readConfig({ ...MINIMUM, DEFAULT_CLAIM_SIZE: '20Gi' }).defaultClaimSize).toBe('20Gi');
  });

  test('names the namespaces that are looked after, each once', () => {
    expect(readConfig(MINIMUM).watchNamespaces).toEqual([]);
    expect(readConfig({ ...MINIMUM, WATCH_NAMESPACES: 'shop, mall,shop' }).watchNamespaces).toEqual(['shop', 'mall']);
  });

  test('names the Secrets for pulling the runner', () => {
    expect(readConfig({ ...MINIMUM, RUNNER_IMAGE_PULL_SECRETS: 'one,two.three' }).runnerImagePullSecrets).toEqual(['one', 'two.three']);
  });

  test('says which extensions a superuser creates for Restores', () => {
    expect(readConfig(MINIMUM).allowedExtensions).toEqual([]);
    expect(readConfig({ ...MINIMUM, ALLOWED_EXTENSIONS: 'postgis, uuid-ossp' }).allowedExtensions).toEqual(['postgis', 'uuid-ossp']);
  });

  test.each([
    ['with an extension that is none', { ALLOWED_EXTENSIONS: 'postgis;drop' }, 'ALLOWED_EXTENSIONS has "postgis;drop": it must be names of extensions, separated by commas'],
    ['with a namespace that is none', { WATCH_NAMESPACES: 'shop,Mall' }, 'WATCH_NAMESPACES has "Mall": it must be names of namespaces, separated by commas'],
    ['with more namespaces than can be watched one by one', { WATCH_NAMESPACES: Array.from({ length: 51 }, (_, n) => `ns-${n}`).join() }, 'WATCH_NAMESPACES has 51 namespaces: it may have 50'],
    ['with a Secret to pull with that is none', { RUNNER_IMAGE_PULL_SECRETS: 'a/b' }, 'RUNNER_IMAGE_PULL_SECRETS has "a/b": it must be names of Secrets'],
    ['with a claim of no size', { DEFAULT_CLAIM_SIZE: '0' }, 'DEFAULT_CLAIM_SIZE is "0": it must be a quantity, such as 20Gi'],
    ['with a size that is none', { DEFAULT_CLAIM_SIZE: 'big' }, 'DEFAULT_CLAIM_SIZE is "big"'],
    ['with a location that is none', { DEFAULT_STORAGE_LOCATION: 'gs://company' }, 'DEFAULT_STORAGE_LOCATION is "gs://company": it must be s3://BUCKET'],
    ['with a Secret of another namespace', { DEFAULT_STORAGE_LOCATION: 's3://company', DEFAULT_CREDENTIALS_SECRET: 'ops/keys' }, 'DEFAULT_CREDENTIALS_SECRET is "ops/keys": it must be the name of a Secret'],
    ['with keys for no bucket', { DEFAULT_CREDENTIALS_SECRET: 'keys' }, 'DEFAULT_STORAGE_LOCATION is no bucket'],
    ['with keys for a claim', { DEFAULT_STORAGE_LOCATION: 'pvc://archive', DEFAULT_CREDENTIALS_SECRET: 'keys' }, 'DEFAULT_STORAGE_LOCATION is no bucket'],
    ['without the runner image', { RUNNER_IMAGE: '' }, 'RUNNER_IMAGE is not set'],
    ['without a namespace for the Lease', { POD_NAMESPACE: '' }, 'POD_NAMESPACE is not set: it must be the namespace of the Lease'],
    ['with a switch that is neither on nor off', { LEADER_ELECTION: 'yes' }, 'LEADER_ELECTION is "yes": it must be one of on, off'],
    ['with a time that is none', { LEASE_SECONDS: 'long' }, 'LEASE_SECONDS is "long": it must be a number of seconds'],
    ['with timings that do not go together', { LEASE_SECONDS: '5' }, 'do not go together: the lease must last longer than the renew deadline'],
    ['with a port that is none', { METRICS_PORT: '0' }, 'METRICS_PORT is "0": it must be a whole number from 1 to 65535'],
    ['with an unknown log level', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud": it must be one of info, debug, warn, error'],
  ])('%s is refused by name', (_name, change, message) => {
    expect(() => readConfig({ ...MINIMUM, ...change })).toThrow(message);
  });
});
