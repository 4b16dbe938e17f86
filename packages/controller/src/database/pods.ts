// What the pods of a Database say about themselves.
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import { isCreating, scheduledSince } from './trouble/pod-states.ts';

/** A pod that was given a node and still waits for its volumes this long probably misses a Secret. */
const MOUNT_PATIENCE_MS = 10_000;

/** True when a pod has a node but its container is not created for so long that a volume of it may be missing. */
export const waitsForMounts = (pods: readonly Read<Pod>[], now: number): boolean => pods.some((pod) => isCreating(pod) && now - scheduledSince(pod) > MOUNT_PATIENCE_MS);
