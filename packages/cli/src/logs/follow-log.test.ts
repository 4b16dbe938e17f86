import { describe, expect, test } from 'vitest';
import { lost, paperCluster, paperPace, refused } from '../../test/paper-cluster.ts';
import { paperTerminal } from '../../test/paper-terminal.ts';
import { followLog } from './follow-log.ts';

/** What one call for the log brings: lines by their second, and how it ends. */
interface Answer {
  readonly lines?: readonly number[];
  /** Absent: as an answer ends that is whole. `silence` is one that brings nothing more and does not end. */
  readonly end?: Error | 'silence';
}

const STARTING = refused(400, 'BadRequest', 'container "runner" in pod "undo-1" is waiting to start: ContainerCreating');
const runs = { running: {} };
const ended = { terminated: { exitCode: 0 } };

/** Follows a log whose container stands so after each whole answer, and tells what came of it. */
async function follow(answers: readonly Answer[], states: readonly object[] = [ended]): Promise<{ lines: string[]; since: unknown[]; beside: string[]; error?: unknown }> {
  const since: unknown[] = [];
  const cluster = paperCluster({}, (call, count) => {
    const state = states[count - 1] ?? ended;
    if (call === 'list pods' && state !== gone) cluster.put('pods', { metadata: { name: 'undo-1', namespace: 'demo', uid: 'a', resourceVersion: '1', labels: { 'job-name': 'undo' } }, status: { containerStatuses: [{ name: 'runner', state }] } });
    return undefined;
  });
  async function* log(_key: unknown, options: { sinceTime?: string }, signal: AbortSignal): AsyncGenerator<string> {
    since.push(options.sinceTime?.slice(17, 19));
    const { lines = [], end } = answers[since.length - 1] ?? {};
    for (const second of lines) yield `2026-01-02T03:04:0${second}.000000000Z line ${second}`;
    if (end === 'silence') await silence(signal);
    if (end instanceof Error) throw end;
  }
  let halfAMinutePasses = (): void => undefined;
  const pace = { ...paperPace(), pause: (ms: number): Promise<void> => (ms < 30_000 ? Promise.resolve() : new Promise((resolve) => (halfAMinutePasses = resolve))) };
  const silence = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      halfAMinutePasses();
    });
  const terminal = paperTerminal();
  const context = { kube: { ...cluster.kube, log } as typeof cluster.kube, namespace: 'demo', terminal, pace, runInPod: () => (async function* () {})(), signal: new AbortController().signal };
  const lines: string[] = [];
  const told = (error?: unknown): Awaited<ReturnType<typeof follow>> => ({ lines, since, beside: terminal.beside, ...(error !== undefined && { error }) });
  try {
    for await (const line of followLog(context, { title: 'Restore undo', selector: 'job-name=undo', pod: { name: 'undo-1', uid: 'a' }, container: 'runner', gone: 'The pod is gone' })) lines.push(line);
    return told();
  } catch (error) {
    return told(error);
  }
}
const gone = {};

describe('A log that is followed', () => {
  test.each<{ what: string; answers: readonly Answer[]; states?: readonly object[]; seconds: readonly number[]; since: readonly unknown[]; beside?: RegExp }>([
    { what: 'ends with its container', answers: [{ lines: [1, 2] }], seconds: [1, 2], since: [undefined] },
    { what: 'ends with its pod', answers: [{ lines: [1] }], states: [gone], seconds: [1], since: [undefined] },
    { what: 'goes on where the line broke, and has no line twice', answers: [{ lines: [1, 2], end: new Error('ECONNRESET') }, { lines: [2, 3] }], seconds: [1, 2, 3], since: [undefined, '02'], beside: /^Restore undo: the line to the API server broke/ },
    { what: 'waits for an API server that is down', answers: [{ end: lost() }, { end: lost() }, { lines: [1] }], seconds: [1], since: [undefined, undefined, undefined], beside: /the line to the API server broke/ },
    { what: 'goes on where an API server was stopped in peace', answers: [{ lines: [1] }, { lines: [1, 2] }], states: [runs, ended], seconds: [1, 2], since: [undefined, '01'] },
    { what: 'is asked for again where nothing more comes', answers: [{ lines: [1], end: 'silence' }, { lines: [1, 2] }], seconds: [1, 2], since: [undefined, '01'] },
    { what: 'waits for its container to start', answers: [{ end: STARTING }, { lines: [1] }], seconds: [1], since: [undefined, undefined], beside: /^Restore undo: container "runner" in pod "undo-1" is waiting to start/ },
  ])('$what', async ({ answers, states, seconds, since, beside }) => {
    const told = await follow(answers, states);
    expect(told).toEqual({ lines: seconds.map((second) => `line ${second}`), since, beside: beside === undefined ? [] : [expect.stringMatching(beside)] });
  });

  test.each([
    { what: 'whose pod goes while the line is broken says so', end: refused(404, 'NotFound'), error: { message: 'The pod is gone', code: 1 } },
    { what: 'that may not be read is not asked for again', end: refused(403, 'Forbidden'), error: { code: 403 } },
  ])('$what', async ({ end, error }) => expect(await follow([{ lines: [1], end: lost() }, { end }])).toMatchObject({ lines: ['line 1'], error }));
});
