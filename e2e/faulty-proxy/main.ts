// The proxy in a pod: a port for the clients of the store, and one that takes rules and tells counts.
import { createServer, type IncomingMessage } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { startFaultyProxy, type Operation, type Rule } from './proxy.ts';

const { STORE_URL = '', PORT = '9000', CONTROL_PORT = '9001', TLS_FOLDER = '/tls' } = process.env;
const ADDRESS = '0.0.0.0';

const read = (name: string): string => readFileSync(`${TLS_FOLDER}/${name}`, 'utf8');
const tls = existsSync(`${TLS_FOLDER}/tls.key`) ? { tls: { key: read('tls.key'), cert: read('tls.crt') } } : {};
const proxy = await startFaultyProxy({ store: STORE_URL, listen: { address: ADDRESS, port: Number(PORT) }, ...tls });

/** POST / takes rules, GET /OPERATION tells how many requests of that name came since. */
async function control({ method, url = '/' }: IncomingMessage, body: Buffer): Promise<string> {
  if (method !== 'POST') return String(proxy.seen(url.slice(1) as Operation));
  const { rules } = JSON.parse(body.toString()) as { rules: Rule[] };
  proxy.obey(...rules);
  return '0';
}

createServer((request, response) => {
  request
    .toArray()
    .then((chunks) => control(request, Buffer.concat(chunks as Buffer[])))
    .then(
      (answer) => response.setHeader('content-type', 'application/json').end(answer),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
}).listen(Number(CONTROL_PORT), ADDRESS);
