import { createServer, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServerPki, type ServerPki } from '../cluster/pki.ts';
import { startFaultyProxy, type Fault, type FaultyProxy } from './proxy.ts';

/** Answers with what it got, and which host it is asked for. */
const store = createServer((request, response) => {
  request.toArray().then(
    (chunks) => response.setHeader('etag', '"a0"').end(`${request.headers.host} got ${Buffer.concat(chunks as Buffer[]).toString()}`),
    () => undefined,
  );
});
let pki: ServerPki;
const proxies: Record<string, FaultyProxy> = {};

beforeAll(async () => {
  store.listen(0, '127.0.0.1');
  await once(store, 'listening');
  const url = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
  pki = await createServerPki(['127.0.0.1']);
  proxies['http'] = await startFaultyProxy({ store: url });
  proxies['https'] = await startFaultyProxy({ store: url, tls: pki });
});
afterAll(async () => {
  await Promise.all(Object.values(proxies).map((proxy) => proxy.stop()));
  store.close();
});

/** What a client sees of one upload. */
async function upload(proxy: FaultyProxy, timeoutMs = 60_000): Promise<string> {
  const open = proxy.url.startsWith('https') ? httpsRequest : httpRequest;
  const options = { method: 'PUT', agent: false, headers: { host: 'store.example' }, ca: pki.ca, servername: '', signal: AbortSignal.timeout(timeoutMs) } as const;
  const request = open(`${proxy.url}/bucket/key`, options);
  request.end('body');
  try {
    const [answer] = (await once(request, 'response')) as [AsyncIterable<Buffer> & { statusCode: number; headers: { etag?: string } }];
    let text = '';
    for await (const chunk of answer) text += chunk.toString();
    return `${answer.statusCode} ${answer.headers.etag ?? 'no ETag'} ${text}`;
  } catch (error) {
    return (error as { code?: string; name: string }).code ?? String(error);
  }
}

const WHOLE = '200 "a0" store.example got body';
const NO_ANSWER = 'ABORT_ERR';
const FAULTS: [string, Fault, string][] = [
  ['an error of S3', { answer: 503, code: 'SlowDown' }, '503 no ETag <?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>as told</Message></Error>'],
  ['a delay', { delayMs: 10 }, WHOLE],
  ['a reset', 'reset', 'ECONNRESET'],
  ['a lost answer', 'lose the answer', 'ECONNRESET'],
  ['a bit', 'flip a bit', '200 "a0" store.example got boey'],
  ['a bit elsewhere', { flipAt: 0.9 }, '200 "a0" store.example got bodx'],
  ['another ETag', 'wrong ETag', '200 "00" store.example got body'],
  ['half an answer', 'cut the answer', 'ECONNRESET'],
  ['death', 'drop dead', 'ECONNRESET'],
];
const SCHEMES = ['http', 'https'];

it.each(SCHEMES.flatMap((scheme) => FAULTS.map(([what, fault, seen]): [string, string, Fault, string] => [what, scheme, fault, seen])))(
  '%s is what the client sees over %s, once',
  async (_what, scheme, fault, seen) => {
    const proxy = proxies[scheme] as FaultyProxy;
    proxy.obey({ on: 'PutObject', fault, skip: 1, times: 1 });
    expect(await upload(proxy)).toBe(WHOLE);
    expect(await upload(proxy)).toBe(seen);
    expect(proxy.seen('PutObject')).toBe(2);
    expect(await upload(proxy)).toBe(fault === 'drop dead' ? 'ECONNRESET' : WHOLE);
    proxy.obey();
    expect(await upload(proxy)).toBe(WHOLE);
  },
);

it('a store that never answers is waited for', async () => {
  const proxy = proxies['https'] as FaultyProxy;
  proxy.obey({ on: 'PutObject', fault: 'never answer' });
  expect(await upload(proxy, 300)).toBe(NO_ANSWER);
});
