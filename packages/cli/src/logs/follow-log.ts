// A log that is followed to the end of its container, whatever becomes of the line: where that breaks, it goes on after the last line that came.
import type { ObjectMeta } from '@postgres-operator/api';
import { isNotFound, KubeError } from '@postgres-operator/controller/kube/errors';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { all, isLost } from '../cluster/ask.ts';
import type { Context } from '../command.ts';
import { Exit, PluginError } from '../exit.ts';

/** Pause before it is asked for again. */
const PAUSE_MS = 1000;
/** For no longer than this one answer is read: a line that died without a word looks like a runner that says nothing. */
const RENEW_MS = 30_000;

/** Whose log it is. */
export interface Followed {
  /** For messages. */
  readonly title: string;
  /** What its pod is among. */
  readonly selector: string;
  readonly pod: Pick<ObjectMeta, 'name' | 'uid'>;
  readonly container: string | undefined;
  /** What is said when the pod goes while the line is broken. */
  readonly gone: string;
}

/** Each line once. @throws KubeError when the API server refuses, PluginError when the pod goes while the line is broken */
export async function* followLog(context: Context, followed: Followed): AsyncGenerator<string> {
  const { pace, signal } = context;
  let last: string | undefined;
  for (;;) {
    const renewal = renewAfter(context);
    try {
      for await (const line of linesAfter(context, followed, { last, signal: AbortSignal.any([signal, renewal.signal]) })) {
        last = line.at;
        yield line.text;
      }
      if (await hasEnded(context, followed)) return;
    } catch (error) {
      if (isNotFound(error)) throw new PluginError(Exit.failed, followed.gone);
      if (signal.aborted || isAnswer(error)) throw error;
      if (!renewal.signal.aborted) tell(context, followed, error);
    } finally {
      renewal.stop();
    }
    await pace.pause(PAUSE_MS, signal);
  }
}

interface Line {
  readonly at: string;
  readonly text: string;
}

/** One answer, without the lines that came before. A time since when is understood to the second; times of a node are all written alike. */
async function* linesAfter({ kube, namespace }: Context, { pod: { name }, container }: Followed, { last, signal }: { readonly last: string | undefined; readonly signal: AbortSignal }): AsyncGenerator<Line> {
  const options = { follow: true, timestamps: true, container, ...(last !== undefined && { sinceTime: last }) };
  for await (const line of kube.log({ namespace, name }, options, signal)) {
    const end = line.indexOf(' ');
    const at = line.slice(0, end);
    if (last === undefined || at > last) yield { at, text: line.slice(end + 1) };
  }
}

function renewAfter({ pace }: Context): { readonly signal: AbortSignal; stop(): void } {
  const [due, stopped] = [new AbortController(), new AbortController()];
  void pace.pause(RENEW_MS, stopped.signal).then(() => due.abort());
  return { signal: due.signal, stop: () => stopped.abort() };
}

/** True for what would be answered again. */
const isAnswer = (error: unknown): boolean => error instanceof KubeError && !isLost(error) && !isNotStarted(error);
/** The kubelet calls a container that has not started a bad request. */
const isNotStarted = (error: unknown): error is KubeError => error instanceof KubeError && error.code === 400;

function tell({ terminal }: Context, { title }: Followed, error: unknown): void {
  if (isNotStarted(error)) terminal.live(`${title}: ${error.message}`, 'not started');
  else terminal.live(`${title}: the line to the API server broke; it goes on without us, and we ask again`, 'lost');
}

/** An answer ends with the container, and with an API server that is stopped in peace. */
async function hasEnded(context: Context, { selector, pod, container }: Followed): Promise<boolean> {
  const status = (await all(context, RESOURCES.pods, selector)).find(({ metadata }) => metadata.uid === pod.uid)?.status;
  return status === undefined || status.containerStatuses?.find((one) => one.name === container)?.state?.terminated !== undefined;
}
