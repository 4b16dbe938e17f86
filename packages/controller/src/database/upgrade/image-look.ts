// What a look at an image of another major version has found. Pure.
import type { ContainerState, ContainerStateTerminated } from 'kubernetes-types/core/v1.d.ts';
import type { FollowUp } from '../../run/follow-up.ts';
import { START_DEADLINE_MS } from '../../run/verdict.ts';
import { isEndedJob } from '../../run/work.ts';
import { SERVER_CONTAINER } from '../children/desired-stateful-set.ts';
import { lastLines } from '../trouble/last-lines.ts';

/** What is in an image. */
export interface ImageContent {
  readonly major: number | undefined;
  readonly version: string;
  readonly extensions: readonly string[];
  /** Absent where nothing was said of them. */
  readonly locales?: readonly string[];
}

export type ImageLook = { readonly state: 'running'; readonly message: string } | { readonly state: 'seen'; readonly content: ImageContent } | { readonly state: 'refused' | 'lost'; readonly message: string };

/** How a look stands at a moment. */
export function imageLook({ job, pods }: FollowUp, now: number): ImageLook {
  const { terminated, waiting, running } = stateOf(pods);
  if (terminated !== undefined && terminated.exitCode <= 1) return told(terminated);
  if (isEndedJob(job)) return { state: 'lost', message: `Job ${job.metadata.name} ended without a word` };
  const message = `Job ${job.metadata.name} looks at the new image${waiting === undefined ? '' : `: ${waiting.reason}: ${waiting.message ?? ''}`}`;
  const isLate = running === undefined && now - Date.parse(job.metadata.creationTimestamp ?? '') > START_DEADLINE_MS;
  return { state: isLate ? 'refused' : 'running', message };
}

const stateOf = ([pod]: FollowUp['pods']): ContainerState => pod?.status?.containerStatuses?.find(({ name }) => name === SERVER_CONTAINER)?.state ?? {};

/** PostgreSQL ends with 1 when it does not take the parameters. */
const told = ({ exitCode, message = '' }: ContainerStateTerminated): ImageLook =>
  exitCode === 0 ? { state: 'seen', content: contentOf(message) } : { state: 'refused', message: `PostgreSQL of the new image refuses the parameters: ${lastLines(message)}` };

function contentOf(message: string): ImageContent {
  const told = Object.fromEntries(message.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.split(' ').slice(1)]));
  const version = told['version']?.join(' ') ?? '';
  const major = /PostgreSQL\) (\d+)/.exec(version)?.[1];
  return { version, major: major === undefined ? undefined : Number(major), extensions: told['extensions'] ?? [], ...(told['locales'] && { locales: told['locales'] }) };
}
