// One HTTP request and its answer, over node:http: what a larger HTTP client would bring is not needed, and costs 10 MB of memory.
import { request, type Agent, type IncomingMessage } from 'node:http';
import { addAbortSignal } from 'node:stream';

/** What is sent, and over which connections. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly agent: Agent;
  /** Ends the exchange wherever it is, also while the answer's body is being read. */
  readonly signal: AbortSignal;
}

/** Sends a request; resolves with the answer when its head is there, the body is still to be read. */
export function exchange({ url, method, headers, body, agent, signal }: Exchange): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // By itself Node tells the length of a body only where every request of the method has one, which leaves out DELETE.
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    // The agent decides whether this is HTTP or HTTPS.
    const sent = request(url, { method, headers: { ...headers, ...length }, agent, signal });
    sent.on('error', reject);
    sent.on('response', (answer) => resolve(addAbortSignal(signal, answer)));
    sent.end(body);
  });
}

/** The whole body of an answer. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return text;
}
