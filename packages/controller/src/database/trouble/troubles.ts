// What keeps the servers of a Database from running: a reason of a closed list, and the pod's own words. Pure.
import { childNames, LABEL_DATABASE, ServerTrouble } from '@postgres-operator/api';
import type { ContainerStateTerminated, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../../kube/resources.ts';
import { lastLines } from './last-lines.ts';
import { isOnItsWay } from '../../run/verdict.ts';
import { claimOfPod } from '../ordinals.ts';
import { isCreating, isReady, isServer, ownContainer, unscheduled } from './pod-states.ts';
import type { Warning } from './warnings.ts';

type AnyPod = Read<Pod>;

/** One server that cannot run, or one that cannot be made. */
export interface Trouble {
  readonly reason: ServerTrouble;
  readonly message: string;
  /** The pod that it is about; undefined when there is none. */
  readonly pod?: string;
}

/** What is known of the servers of a Database. */
export interface ServersSeen {
  readonly pods: readonly AnyPod[];
  readonly warnings: readonly Warning[];
}

/** Everything that keeps servers from running at a moment; empty while all is well or on its way. */
export function serverTroubles({ pods, warnings }: ServersSeen, now: number): Trouble[] {
  const ofPods = pods.filter(isServer).flatMap((pod): Trouble[] => {
    const trouble = troubleOf(pod, warnings, now);
    const { name } = pod.metadata;
    return trouble === undefined ? [] : [{ reason: trouble.reason, message: `pod ${name}: ${trouble.message}`, pod: name }];
  });
  const refused = warnings.filter(({ kind, reason }) => kind === 'StatefulSet' && reason === 'FailedCreate');
  return [...ofPods, ...refused.map(({ note }) => ({ reason: /exceeded quota/.test(note) ? ServerTrouble.QuotaExceeded : ServerTrouble.PodRefused, message: note }))];
}

function troubleOf(pod: AnyPod, warnings: readonly Warning[], now: number): Trouble | undefined {
  if (pod.metadata.deletionTimestamp !== undefined || isReady(pod)) return undefined;
  return notScheduled(pod, warnings, now) ?? notStarted(pod) ?? ended(pod) ?? notMounted(pod, warnings);
}

function notScheduled(pod: AnyPod, warnings: readonly Warning[], now: number): Trouble | undefined {
  const seen = unscheduled(pod, now);
  if (seen === undefined) return undefined;
  if (!seen.volume) return { reason: ServerTrouble.Unschedulable, message: seen.words };
  const claim = claimOfPod(pod.metadata.name);
  const said = warnings.find(({ kind, name }) => kind === 'PersistentVolumeClaim' && name === claim);
  return { reason: ServerTrouble.VolumeNotBound, message: said === undefined ? seen.words : `claim ${claim}: ${said.note}` };
}

const NOT_PULLED = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError', 'RegistryUnavailable', 'SignatureValidationFailed'];

function notStarted(pod: AnyPod): Trouble | undefined {
  const { reason, message } = ownContainer(pod)?.state?.waiting ?? {};
  if (reason === undefined || isOnItsWay(reason) || reason === 'CrashLoopBackOff') return undefined;
  const words = message === undefined ? reason : `${reason}: ${message}`;
  return { reason: NOT_PULLED.includes(reason) ? ServerTrouble.ImageNotPulled : ServerTrouble.ContainerNotStarted, message: words };
}

/** How the last container ended. It stays a trouble while the next one starts: with each turn of a loop it would come and go. */
function ended(pod: AnyPod): Trouble | undefined {
  const { state, lastState } = ownContainer(pod) ?? {};
  const last = state?.terminated ?? lastState?.terminated;
  // A server that was asked to stop, such as by a probe or its node, ends with 0.
  if (last === undefined || last.exitCode === 0) return undefined;
  if (last.reason === 'OOMKilled') return { reason: ServerTrouble.OutOfMemory, message: 'the server was killed for want of memory: raise spec.resources.limits.memory' };
  return { reason: ServerTrouble.ServerCrashed, message: `the server ended with exit code ${last.exitCode}${lastWords(last)}` };
}

function lastWords({ message }: ContainerStateTerminated): string {
  const words = lastLines(message);
  return words === '' ? '' : `: ${words}`;
}

function notMounted(pod: AnyPod, warnings: readonly Warning[]): Trouble | undefined {
  const said = warnings.find(({ kind, name }) => kind === 'Pod' && name === pod.metadata.name);
  if (said === undefined || !isCreating(pod) || !/^Failed(Mount|AttachVolume|MapVolume)$/.test(said.reason)) return undefined;
  if (/secrets? .*not found/.test(said.note)) return { reason: ServerTrouble.SecretNotFound, message: `${said.reason}: ${said.note}` };
  const [, volume, key] = NO_SUCH_KEY.exec(said.note) ?? [];
  if (key === undefined) return { reason: ServerTrouble.VolumeNotMounted, message: `${said.reason}: ${said.note}` };
  return { reason: ServerTrouble.SecretNotFound, message: `${secretOf(pod, volume)} has no key ${key}: add it to the Secret` };
}

const NO_SUCH_KEY = /volume "(.*?)".*references non-existent secret key: (\S+)/;

/** The kubelet says which volume of the pod a Secret is for, and not which Secret it is. */
function secretOf({ metadata }: AnyPod, volume: string | undefined): string {
  const { credentials, internal } = childNames(metadata.labels?.[LABEL_DATABASE] ?? '');
  const names: Readonly<Record<string, string>> = { credentials, internal };
  const name = names[volume ?? ''];
  return name === undefined ? 'the Secret of tls.secretName' : `Secret ${name}`;
}
