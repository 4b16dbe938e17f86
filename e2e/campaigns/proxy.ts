// Stands between one controller and the API server: it writes down what the controller writes, tells when, and can cut
// the network between the two. Reads and watches pass through.
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { createPki } from '../cluster/pki.ts';
import { portOf } from '../lib/ports.ts';
import type { Journal, Write } from './journal.ts';

/** received: not yet with the API server. answered: not yet with the controller. delivered: the controller has the answer. */
export type Stage = 'received' | 'answered' | 'delivered';

export interface ProxyOptions {
  /** Name of the controller behind it. */
  readonly name: string;
  readonly upstream: { readonly server: string; readonly ca: Buffer };
  readonly journal: Journal;
  /** A folder for its certificate. */
  readonly folder: string;
}

export class Proxy {
  readonly #options: ProxyOptions;
  readonly #agent: Agent;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #cut = false;
  /** Hears of each write; the write waits at its stage until the returned promise resolves. */
  onWrite: (write: Write, stage: Stage) => Promise<void> | void = () => undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, ca: options.upstream.ca });
  }

  /** Starts it; gives its address and the authority that vouches for it. */
  async start(): Promise<{ readonly server: string; readonly ca: string }> {
    const pki = join(this.#options.folder, `proxy-${this.#options.name}`);
    await createPki(pki, ['127.0.0.1'], []);
    const read = (file: string): string => readFileSync(join(pki, file), 'utf8');
    const server = createServer({ key: read('apiserver.key'), cert: read('apiserver.crt') }, (incoming, outgoing) => {
      this.#handle(incoming, outgoing).catch(() => outgoing.destroy());
    });
    server.on('connection', (socket: Socket) => {
      if (this.#cut) return socket.destroy();
      this.#sockets.add(socket.on('error', () => undefined));
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    return { server: `https://127.0.0.1:${portOf(server)}`, ca: read('ca.crt') };
  }

  /** Ends every connection of the controller, and lets no new one in. What was received before goes on. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  heal(): void {
    this.#cut = false;
  }

  async stop(): Promise<void> {
    this.cut();
    this.#agent.destroy();
    const server = this.#server;
    if (server === undefined) return;
    server.close();
    await once(server, 'close');
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    outgoing.on('error', () => undefined);
    if (incoming.method === 'GET') return this.#passThrough(incoming, outgoing);
    const body = await bodyOf(incoming);
    const write: Write = { from: this.#options.name, method: incoming.method ?? '', path: incoming.url ?? '', body: parse(body), receivedAt: performance.now() };
    this.#options.journal.add(write);
    await this.onWrite(write, 'received');
    write.forwardedAt = performance.now();
    // The controller may be gone by now: its write is under way all the same.
    const upstream = await this.#ask(incoming, body);
    const answer = await bodyOf(upstream);
    write.answeredAt = performance.now();
    write.status = upstream.statusCode ?? 0;
    await this.onWrite(write, 'answered');
    if (!outgoing.destroyed) await reply(outgoing, upstream, answer);
    await this.onWrite(write, 'delivered');
  }

  async #passThrough(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    const upstream = await this.#ask(incoming, undefined, gone.signal);
    upstream.on('error', () => outgoing.destroy());
    outgoing.writeHead(upstream.statusCode ?? 502, upstream.headers);
    outgoing.flushHeaders();
    upstream.pipe(outgoing);
  }

  #ask({ method, url, headers }: IncomingMessage, body?: Buffer, signal?: AbortSignal): Promise<IncomingMessage> {
    const passed = without(headers, ['host', 'connection', 'transfer-encoding']);
    const own = body === undefined ? {} : { 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const target = new URL(this.#options.upstream.server + (url ?? ''));
      const outgoing = request(target, { method, agent: this.#agent, headers: { ...passed, ...own }, ...(signal && { signal }) }, resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

async function reply(outgoing: ServerResponse, { statusCode = 502, headers }: IncomingMessage, body: Buffer): Promise<void> {
  outgoing.writeHead(statusCode, { ...without(headers, ['transfer-encoding']), 'content-length': body.length });
  await new Promise<void>((resolve) => {
    outgoing.once('close', resolve);
    outgoing.end(body, resolve);
  });
}

const without = (headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders => Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
