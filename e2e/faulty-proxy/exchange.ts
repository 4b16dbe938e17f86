// One request on its way to the store and back, spoilt or not.
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './rules.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Where the store is. */
  readonly store: URL;
  /** Breaks the client's connection, so that it is told at once. */
  readonly breakOff: () => void;
}

/** Answers a request. */
export async function serve(exchange: Exchange, fault: Fault | undefined): Promise<void> {
  if (fault === 'never answer') return void exchange.request.resume();
  if (fault === 'reset') return reset(exchange);
  if (fault === undefined) return passOn(exchange);
  if (fault === 'flip a bit') return spoil(exchange, { flipAt: 0.5 });
  if (typeof fault === 'string' || 'flipAt' in fault) return spoil(exchange, fault);
  if ('answer' in fault) return refuse(exchange, fault);
  await sleep(fault.delayMs);
  return passOn(exchange);
}

async function reset({ request, breakOff }: Exchange): Promise<void> {
  await Promise.race([once(request, 'data'), once(request, 'end')]);
  breakOff();
}

async function refuse({ request, response }: Exchange, { answer, code }: { readonly answer: number; readonly code: string }): Promise<void> {
  await request.toArray();
  const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>as told</Message></Error>`;
  response.writeHead(answer, { 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? undefined : xml);
}

/** Nothing is kept here: bodies of any size pass. */
async function passOn(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const answer = await forward(exchange);
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.on('error', exchange.breakOff);
  request.on('close', () => answer.destroy());
  answer.pipe(response);
}

type Spoiling = { readonly flipAt: number } | Exclude<Fault, object | 'never answer' | 'reset' | 'flip a bit'>;

async function spoil(exchange: Exchange, fault: Spoiling): Promise<void> {
  const { request, response, breakOff } = exchange;
  const body = Buffer.concat((await request.toArray()) as Buffer[]);
  const flip = typeof fault === 'object' ? (bytes: Buffer): Buffer => flipped(bytes, fault.flipAt) : undefined;
  const answer = await forward(exchange, flip === undefined ? body : flip(body));
  const content = Buffer.concat((await answer.toArray()) as Buffer[]);
  if (fault === 'lose the answer') return breakOff();
  const { etag } = answer.headers;
  const wrong = fault === 'wrong ETag' && etag !== undefined;
  response.writeHead(answer.statusCode ?? 500, wrong ? { ...answer.headers, etag: another(etag) } : answer.headers);
  if (fault === 'cut the answer') response.write(content.subarray(0, Math.floor(content.length / 2)), breakOff);
  else response.end(flip !== undefined && body.length === 0 ? flip(content) : content);
}

/** The host stays what the client has signed. */
async function forward({ request, store }: Exchange, body?: Buffer): Promise<IncomingMessage> {
  const { method, url, headers } = request;
  const open = store.protocol === 'https:' ? httpsRequest : httpRequest;
  const onward = open({ host: store.hostname, servername: store.hostname, port: store.port, method, path: url, headers });
  // The store may close before it has read all of a request that it refuses.
  onward.on('error', () => undefined);
  request.on('close', () => {
    if (!request.complete) onward.destroy();
  });
  if (body === undefined) request.pipe(onward);
  else onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  return answer;
}

function flipped(bytes: Buffer, share: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(copy.length * share);
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** A well-formed ETag that is not this one. */
const another = (etag: string): string => etag.replace(/[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0'));
