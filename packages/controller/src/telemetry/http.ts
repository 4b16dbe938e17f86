import { createServer, type Server, type ServerResponse } from 'node:http';

/** What answers a path. */
export type Handler = () => Promise<{ readonly status: number; readonly type?: string; readonly body: string }>;

/** Serves GET requests for fixed paths; resolves when it listens. */
export function serve(port: number, handlers: Readonly<Record<string, Handler>>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined;
    if (handler === undefined) return answer(response, { status: 404, body: 'not found\n' });
    handler().then(
      (result) => answer(response, result),
      () => answer(response, { status: 500, body: 'failed\n' }),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}

function answer(response: ServerResponse, { status, type = 'text/plain', body }: Awaited<ReturnType<Handler>>): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}
