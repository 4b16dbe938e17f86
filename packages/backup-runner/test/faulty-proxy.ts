// A proxy in front of the object store that spoils requests as it is told. For tests only.
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong. */
export type Fault =
  | { readonly answer: number; readonly code: string }
  /** Breaks the connection while the request is still being sent. */
  | 'reset'
  /** The store does it, and the answer gets lost. */
  | 'lose the answer'
  /** One bit of the request or answer changes. */
  | 'flip a bit'
  | 'be slow'
  /** The answer breaks off in the middle. */
  | 'cut the answer';

/** Requests by the names that S3 gives them, with the object where it matters. */
export type Operation = 'CreateMultipartUpload' | 'UploadPart' | 'CompleteMultipartUpload' | 'AbortMultipartUpload' | 'PutObject' | 'PutManifest' | 'GetObject' | 'GetManifest' | 'Other';

/** When it goes wrong: after `skip` requests of that kind, `times` times. */
export interface Rule {
  readonly on: Operation;
  readonly fault: Fault;
  readonly skip?: number;
  readonly times?: number;
}

/** A running proxy. */
export interface FaultyProxy {
  readonly url: string;
  /** Forgets what it was told and has counted. */
  obey(...rules: readonly Rule[]): void;
  /** How many requests of a kind came. */
  seen(operation: Operation): number;
  stop(): Promise<void>;
}

/** Starts a proxy for the store on a loopback port. */
export async function startFaultyProxy(storePort: number): Promise<FaultyProxy> {
  let rules: readonly Rule[] = [];
  const counts = new Map<Operation, number>();
  const server = createServer((request, response) => {
    const operation = operationOf(request);
    const count = counts.get(operation) ?? 0;
    counts.set(operation, count + 1);
    const rule = rules.find(({ on, skip = 0, times = Infinity }) => on === operation && count >= skip && count < skip + times);
    serve({ request, response, storePort }, rule?.fault).catch(() => request.destroy());
  });
  // Clients that are killed, and connections that are broken on purpose.
  server.on('connection', (socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    obey: (...next) => {
      rules = next;
      counts.clear();
    },
    seen: (operation) => counts.get(operation) ?? 0,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const UPLOAD_OPERATIONS: Readonly<Record<string, Operation>> = { PUT: 'UploadPart', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' };

function operationOf({ method = '', url = '' }: IncomingMessage): Operation {
  const { pathname, searchParams } = new URL(url, 'http://store');
  const manifest = pathname.endsWith('/manifest.json');
  if (method === 'POST' && searchParams.has('uploads')) return 'CreateMultipartUpload';
  if (searchParams.has('uploadId')) return UPLOAD_OPERATIONS[method] ?? 'Other';
  if (method === 'PUT') return manifest ? 'PutManifest' : 'PutObject';
  if (method !== 'GET' || pathname.split('/').length < 4) return 'Other';
  return manifest ? 'GetManifest' : 'GetObject';
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly storePort: number;
}

async function serve(exchange: Exchange, fault: Fault | undefined): Promise<void> {
  const { request, response } = exchange;
  if (fault === 'reset') {
    await once(request, 'data');
    request.socket.resetAndDestroy();
    return;
  }
  const body = Buffer.concat((await request.toArray()) as Buffer[]);
  if (typeof fault === 'object') {
    const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${fault.code}</Code><Message>as told</Message></Error>`;
    response.writeHead(fault.answer, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? undefined : xml);
    return;
  }
  if (fault === 'be slow') await sleep(400);
  const answer = await forward(exchange, fault === 'flip a bit' ? flipped(body) : body);
  const content = Buffer.concat((await answer.toArray()) as Buffer[]);
  if (fault === 'lose the answer') {
    request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  if (fault === 'cut the answer') response.write(content.subarray(0, Math.floor(content.length / 2)), () => request.socket.resetAndDestroy());
  else response.end(fault === 'flip a bit' && body.length === 0 ? flipped(content) : content);
}

/** The host stays what the client has signed. */
async function forward({ request, storePort }: Exchange, body: Buffer): Promise<IncomingMessage> {
  const { method, url, headers } = request;
  const onward = httpRequest({ host: '127.0.0.1', port: storePort, method, path: url, headers });
  // The store may close before it has read all of a request that it refuses.
  onward.on('error', () => undefined);
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  return answer;
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = Math.floor(copy.length / 2);
  if (copy.length > 0) copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}
