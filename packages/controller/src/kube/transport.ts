// One request to the API server: identity, limits, time limits, and refusals as errors.
import type { IncomingMessage } from 'node:http';
import type { Connection } from './connection.ts';
import { KubeError, kubeError } from './errors.ts';
import { exchange, textOf } from './exchange.ts';
import { Limiter } from './limiter.ts';

/** Answers are small and the API server is near: a call that takes longer is lost. */
const CALL_TIMEOUT_MS = 15_000;
/** Calls at the same time, watches aside: a burst of work must not become a burst on the API server. */
const MAX_IN_FLIGHT = 20;

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal: AbortSignal;
}

/** Hears of each call that was answered; code 0 means that no answer came. */
export type CallObserver = (method: string, code: number) => void;

/** Sends calls over one connection. */
export class Transport {
  readonly #connection: Connection;
  readonly #observe: CallObserver;
  readonly #mayWrite: () => boolean;
  readonly #limiter = new Limiter(MAX_IN_FLIGHT);

  /** `mayWrite` is asked right before each write; when it says no, the write is not sent. */
  constructor(connection: Connection, observe: CallObserver, mayWrite: () => boolean) {
    this.#connection = connection;
    this.#observe = observe;
    this.#mayWrite = mayWrite;
  }

  /** One call and its answer as JSON. @throws KubeError for every refusal. */
  call<T>(call: Call): Promise<T> {
    return this.#limiter.run(async () => {
      const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
      const signal = AbortSignal.any([call.signal, timeout]);
      try {
        const answer = await this.#send({ ...call, signal });
        if (codeOf(answer) >= 300) throw await refusal(`${call.method} ${call.path}`, answer);
        return JSON.parse(await textOf(answer)) as T;
      } finally {
        if (timeout.aborted) this.#connection.reset();
      }
    });
  }

  /** One call whose answer is lines that keep coming until the server ends them. */
  async *lines(call: Call): AsyncGenerator<string> {
    const answer = await this.#send(call);
    if (codeOf(answer) !== 200) throw await refusal(`${call.method} ${call.path}`, answer);
    yield* splitLines(answer);
  }

  async #send(call: Call): Promise<IncomingMessage> {
    const url = new URL(this.#connection.server.replace(/\/$/, '') + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    try {
      const { agent, headers } = await this.#connection.identity();
      if (call.method !== 'GET' && !this.#mayWrite()) throw new KubeError({ code: 0, reason: 'NotLeading', message: `${call.method} ${call.path}: not sent, because this process does not lead any more` });
      const answer = await exchange({
        url,
        method: call.method,
        agent,
        headers: { ...headers, accept: 'application/json', ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }) },
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal: call.signal,
      });
      this.#observe(call.method, codeOf(answer));
      return answer;
    } catch (cause) {
      if (cause instanceof KubeError) throw cause;
      this.#observe(call.method, 0);
      throw new KubeError({ code: 0, reason: 'Unreachable', message: `${call.method} ${call.path}: no answer from the API server (${String(call.signal.aborted ? call.signal.reason : cause)})`, cause });
    }
  }
}

const codeOf = ({ statusCode = 0 }: IncomingMessage): number => statusCode;

const refusal = async (what: string, answer: IncomingMessage): Promise<KubeError> => kubeError(what, codeOf(answer), await textOf(answer), answer.headers['retry-after']);

async function* splitLines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') yield part;
  }
}
