// The real operator on an API server with Kubernetes' own controllers; pods are what the tests say they are.
import type { Backup, Database, Restore } from '@postgres-operator/api';
import { vi } from 'vitest';
import type { Config } from '../src/config.ts';
import { KubeClient } from '../src/kube/client.ts';
import type { Connection } from '../src/kube/connection.ts';
import { isNotFound } from '../src/kube/errors.ts';
import { RESOURCES, type ResourceType } from '../src/kube/resources.ts';
import { createOperator, type Operator } from '../src/operator.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { asController, connectWith, startApiServer, type ApiServer } from './api-server.ts';
import { CONFIG, type AJob } from './fixtures.ts';
import { startKubelet, type Kubelet } from './kubelet.ts';

export const NAMESPACE = 'default';
/** A busy machine takes its time; what never comes ends here. */
export const PATIENCE_MS = 90_000;
const { signal } = new AbortController();

/** A running operator: what it logged, and how to end it. */
export interface RunningOperator {
  readonly operator: Operator;
  stop(): Promise<void>;
}

export interface World extends ApiServer, Pick<Kubelet, 'play'> {
  readonly kube: KubeClient;
  /** Lines of the controller's log, of all operators so far. */
  readonly lines: Record<string, unknown>[];
  /** `config`: what differs from the usual settings. */
  startOperator(config?: Partial<Config>): Promise<RunningOperator>;
  find<T>(resource: ResourceType<T>, name: string): Promise<T | undefined>;
  /** Waits until an object is as it should be. */
  until<T>(resource: ResourceType<T>, name: string, holds: (object: T) => boolean): Promise<T>;
  create(object: object): Promise<void>;
  remove(kind: string, name: string): Promise<void>;
  jobsOf(owner: { readonly metadata: { readonly uid: string } }): Promise<AJob[]>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const api = await startApiServer({ withControllerManager: true });
  const kubeconfig = await asController(api);
  const connection = connectWith(api.plane.kubeconfig);
  const kube = new KubeClient(connection);
  const kubelet = await startKubelet(api, kube);
  const lines: Record<string, unknown>[] = [];
  const find: World['find'] = (resource, name) =>
    kube.get(resource, { namespace: NAMESPACE, name }, signal).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  return {
    ...api,
    kube,
    lines,
    find,
    startOperator: (config) => startOperator(connectWith(kubeconfig), lines, { ...CONFIG, ...config }),
    until: (resource, name, holds) =>
      vi.waitFor(async () => {
        const object = await find(resource, name);
        if (object === undefined || !holds(object)) throw new Error(`${resource.kind} ${name} is ${JSON.stringify((object as { status?: unknown } | undefined)?.status)}`);
        return object;
      }, { timeout: PATIENCE_MS, interval: 50 }),
    create: async (object) => void (await api.kubectl(['create', '-f', '-'], object)),
    remove: async (kind, name) => void (await api.kubectl(['delete', kind, name, '--wait=false'])),
    jobsOf: async ({ metadata }) => (await kube.list(RESOURCES.jobs, {}, signal)).items.filter((job) => job.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid)),
    play: kubelet.play,
    async stop() {
      await kubelet.stop();
      connection.close();
      await api.plane.stop();
    },
  };
}

async function startOperator(connection: Connection, lines: Record<string, unknown>[], config: Config): Promise<RunningOperator> {
  const log = createLogger('info', (line) => void lines.push(JSON.parse(line) as Record<string, unknown>));
  const operator = createOperator({ config, connection, clock: systemClock, log });
  const stop = new AbortController();
  const ended = operator.run(stop.signal);
  await vi.waitFor(() => {
    if (!operator.ready()) throw new Error('not ready');
  }, { timeout: PATIENCE_MS, interval: 20 });
  return {
    operator,
    async stop() {
      stop.abort();
      await ended;
      connection.close();
    },
  };
}

const own = (kind: string, name: string, spec: object): object => ({ apiVersion: 'database.example.com/v1', kind, metadata: { name, namespace: NAMESPACE }, spec });
export const databaseManifest = (name: string): object => own('Database', name, { image: 'postgres:14', databaseName: 'orders', username: 'clerk', storage: { size: '1Gi' } });
/** A Backup that is not tried again, unless said otherwise. */
export const backupManifest = (name: string, database: string, backoffLimit = 0): object => own('Backup', name, { databaseRef: { name: database }, backoffLimit });
export const restoreManifest = (name: string, database: string, backup: string): object => own('Restore', name, { databaseRef: { name: database }, backupRef: { name: backup } });

/** The manifest with more fields of its spec. */
export const withSpec = (manifest: object, more: object): object => ({ ...manifest, spec: { ...(manifest as { spec: object }).spec, ...more } });

/** True when the object is in this phase. */
export const inPhase =
  (phase: string) =>
  ({ status }: Database | Backup | Restore): boolean =>
    status?.phase === phase;
/** The reason of a condition. */
export const reasonOf = ({ status }: Database | Backup | Restore, type: string): string | undefined => status?.conditions?.find((condition) => condition.type === type)?.reason;
