// What a drill's server says of its trouble. Pure.
import type { ContainerState, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../../kube/resources.ts';
import { isOnItsWay } from '../../run/verdict.ts';
import { DRILL_SERVER } from './server.ts';

/** As much of its last words as a condition can bear. */
const MOST = 500;

/** Why the server does not run, or how it ended before; undefined when it runs, as far as is known. */
export function serverTrouble(pods: readonly Read<Pod>[]): string | undefined {
  const server = pods.flatMap(({ status }) => status?.initContainerStatuses ?? []).find(({ name }) => name === DRILL_SERVER);
  const { waiting } = server?.state ?? {};
  if (waiting?.reason !== undefined && !isOnItsWay(waiting.reason)) return `its server does not start: ${waiting.reason}: ${waiting.message ?? ''}`;
  return [server?.lastState, server?.state].map(endOf).find((end) => end !== undefined);
}

function endOf(state: ContainerState | undefined): string | undefined {
  const { exitCode = 0, reason = '', message = '' } = state?.terminated ?? {};
  return exitCode === 0 ? undefined : `its server ended: ${reason} (exit code ${exitCode}) ${message.trim().slice(-MOST)}`.trim();
}
