// What a kubelet would report of the operator's pods, without any: servers become ready, runs report success.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminApi, ApiObject } from './api.ts';
import { podsPath } from './objects.ts';

const RESULTS = new URL('../../packages/api/fixtures/run-results/', import.meta.url);
const result = (name: string): string => readFileSync(new URL(`${name}.json`, RESULTS), 'utf8');
const RESULT_OF: Readonly<Record<string, string>> = { backup: result('dump-succeeded'), restore: result('restore-succeeded'), check: result('check-passed') };

const NODE = 'paper';
const EVERY_MS = 50;
/** A node that is silent for 40 s is taken for lost, with its pods. */
const HEARTBEAT_EVERY_MS = 10_000;

/** Plays all pods of a namespace until the returned function is called. */
export async function playPods(api: AdminApi, namespace: string): Promise<() => Promise<void>> {
  await api.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } });
  const stop = new AbortController();
  const playing = play(api, namespace, stop.signal);
  return async () => {
    stop.abort();
    await playing;
  };
}

async function play(api: AdminApi, namespace: string, signal: AbortSignal): Promise<void> {
  let beatAt = -Infinity;
  while (!signal.aborted) {
    if (performance.now() - beatAt > HEARTBEAT_EVERY_MS) {
      beatAt = performance.now();
      await heartbeat(api);
    }
    const pods = await api.list(podsPath(namespace)).catch(() => []);
    // A pod that goes away meanwhile is no matter.
    for (const [index, pod] of pods.entries()) await advance(api, pod, `${podsPath(namespace)}/${pod.metadata.name}`, index).catch(() => undefined);
    await sleep(EVERY_MS);
  }
}

async function heartbeat(api: AdminApi): Promise<void> {
  const now = new Date().toISOString();
  const condition = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now, lastTransitionTime: now };
  await api.mergePatch(`/api/v1/nodes/${NODE}/status`, { status: { conditions: [condition] } });
}

/** What the pod of a run or of a consistency check does; undefined for a server. */
const workOf = (labels: Readonly<Record<string, string>> = {}): string | undefined => ('database.example.com/consistency-check' in labels ? 'check' : labels['database.example.com/run']);

/** From nothing to Running, and for the pod of a run from there to its end. */
async function advance(api: AdminApi, { metadata, spec, status }: ApiObject, path: string, index: number): Promise<void> {
  const [container] = spec['containers'] as readonly { name: string; image: string }[];
  const work = workOf(metadata.labels);
  const now = new Date().toISOString();
  const base = { name: container?.name, image: container?.image, imageID: '', restartCount: 0 };
  if (status?.phase === 'Pending') {
    if (spec['nodeName'] === undefined) await api.create(`${path}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name: metadata.name }, target: { apiVersion: 'v1', kind: 'Node', name: NODE } });
    const podIP = `10.201.0.${index + 10}`;
    const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({ type, status: 'True', lastTransitionTime: now }));
    const containerStatuses = [{ ...base, ready: true, started: true, state: { running: { startedAt: now } } }];
    await api.mergePatch(`${path}/status`, { status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], startTime: now, conditions, containerStatuses } });
  } else if (status?.phase === 'Running' && work !== undefined) {
    const terminated = { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now, message: RESULT_OF[work] };
    await api.mergePatch(`${path}/status`, { status: { phase: 'Succeeded', containerStatuses: [{ ...base, ready: false, started: false, state: { terminated } }] } });
  }
}
