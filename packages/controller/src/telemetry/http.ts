import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { keepCertificate, readCertificate } from './certificate.ts';

/** What answers a path. */
export type Handler = () => Promise<Answer>;

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

/** Whom a server serves, and how. */
export interface Protection {
  /** Folder with tls.crt and tls.key. What is changed there is taken up. */
  readonly certificateFolder: string;
  /** What somebody is told who may not have a path; undefined for those who may. */
  refusal(path: string, authorization: string | undefined): Promise<Answer | undefined>;
}

/** Serves GET requests for fixed paths, with a protection over TLS and to those whom it lets in; resolves when it listens. */
export function serve(port: number, handlers: Readonly<Record<string, Handler>>, protection?: Protection): Promise<Server> {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answerTo(request, handlers, protection).then(
      (result) => answer(response, result),
      () => answer(response, { status: 500, body: 'failed\n' }),
    );
  };
  const server = protection === undefined ? createServer(listener) : tlsServer(protection.certificateFolder, listener);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}

function tlsServer(folder: string, listener: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const server = createTlsServer({ ...readCertificate(folder), minVersion: 'TLSv1.2' }, listener);
  keepCertificate(server, folder);
  return server;
}

async function answerTo({ url = '', headers }: IncomingMessage, handlers: Readonly<Record<string, Handler>>, protection: Protection | undefined): Promise<Answer> {
  const path = url.split('?')[0] ?? '';
  const refused = await protection?.refusal(path, headers.authorization);
  if (refused !== undefined) return refused;
  const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined;
  return handler === undefined ? { status: 404, body: 'not found\n' } : handler();
}

function answer(response: ServerResponse, { status, type = 'text/plain', body }: Answer): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}
