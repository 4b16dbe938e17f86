import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StepError } from '../lib/error.ts';

export interface ApiServer {
  port: number;
  pki: string;
}

/** Asks the API server as the administrator. Starting kubectl for each look would be most of a quick `up`. */
export function apiGet(server: ApiServer, path: string, timeoutMs = 2000): Promise<unknown> {
  const read = (file: string): Buffer => readFileSync(join(server.pki, file));
  const options = { ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key'), agent: false, timeout: timeoutMs };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, host: '127.0.0.1', port: server.port, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new StepError(`GET ${path}: ${response.statusCode} ${body.slice(0, 500)}`));
        else resolve(response.headers['content-type']?.startsWith('application/json') ? JSON.parse(body) : body);
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new StepError(`GET ${path}: no answer in ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Looks again until `look` returns without an error; that error is what the last failure says. */
export async function waitFor<T>(what: string, seconds: number, look: () => Promise<T> | T): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await look();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      if (Date.now() > deadline) throw new StepError(`waited ${seconds} s for ${what}: ${why}`, { cause });
    }
    await sleep(100);
  }
}
