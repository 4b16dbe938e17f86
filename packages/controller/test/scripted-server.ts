import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { portOf } from '../../../e2e/lib/ports.ts';
import type { Connection } from '../src/kube/connection.ts';

/** Answers one request. What it leaves open stays open. */
export type Answer = (response: ServerResponse) => void;

export interface ScriptedServer {
  readonly connection: Connection;
  /** The requests so far: `list`, or `watch` with the version that it begins from. */
  readonly asked: readonly string[];
  /** The token that each request came with; every time that one is asked for, there is a new one. */
  readonly tokens: readonly string[];
  /** The last request's query. */
  query(): URLSearchParams;
  stop(): Promise<void>;
}

const inWords = (query: URLSearchParams): string => (query.has('watch') ? `watch ${query.get('resourceVersion')}` : `list${query.has('continue') ? ' more' : ''}`);

/** An API server that answers from a script; when that is used up it leaves requests open. */
export async function startScripted(script: readonly Answer[]): Promise<ScriptedServer> {
  const answers = [...script];
  const asked: string[] = [];
  const tokens: string[] = [];
  let issued = 0;
  let query = new URLSearchParams();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    query = new URL(request.url ?? '', 'http://test').searchParams;
    asked.push(inWords(query));
    tokens.push(String(request.headers.authorization));
    answers.shift()?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true });
  return {
    connection: {
      server: `http://127.0.0.1:${portOf(server)}`,
      identity: () => Promise.resolve({ agent, headers: { authorization: `token ${(issued += 1)}` } }),
      reset: () => undefined,
      close: () => agent.destroy(),
    },
    asked,
    tokens,
    query: () => query,
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const item = (name: string, resourceVersion: number): object => ({ metadata: { name, namespace: 'ns', uid: name, resourceVersion: String(resourceVersion) } });
const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

export const added = (name: string, version: number): string => event('ADDED', item(name, version));
export const bookmark = (version: number): string => event('BOOKMARK', { metadata: { resourceVersion: String(version) } });
export const gone = event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });

/** A whole list, or a page of one. */
export const list =
  (resourceVersion: number, names: readonly string[] = [], more?: string): Answer =>
  (response) =>
    void response.end(JSON.stringify({ metadata: { resourceVersion: String(resourceVersion), ...(more && { continue: more }) }, items: names.map((name) => item(name, resourceVersion)) }));

/** A refusal with a Status. */
export const refuse =
  (code: number, reason = ''): Answer =>
  (response) =>
    void response.writeHead(code).end(JSON.stringify({ kind: 'Status', code, reason, message: reason }));

/** A watch that tells some lines, and then stays open. */
export const tell =
  (...lines: readonly string[]): Answer =>
  (response) =>
    void response.writeHead(200).write(lines.join(''));

/** A watch that tells some lines and ends as servers do. */
export const tellAndEnd =
  (...lines: readonly string[]): Answer =>
  (response) =>
    void response.end(lines.join(''));

/** A watch whose connection breaks after some lines. */
export const tellAndBreak =
  (...lines: readonly string[]): Answer =>
  (response) =>
    void response.writeHead(200).write(lines.join(''), () => setImmediate(() => response.destroy()));

/** A connection that takes the request and never says a word. */
export const silence: Answer = () => undefined;
