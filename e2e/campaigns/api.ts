// The API server as the administrator sees it, without starting kubectl for each look.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface KubeconfigFile {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }[];
  readonly users: readonly { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } }[];
}

/** Objects as loosely typed as the campaigns need them. */
export interface ApiObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[] } & Readonly<Record<string, unknown>>;
}

/** The address and the authority of the API server that a kubeconfig with client certificates names. */
export function serverOf(kubeconfig: string): { readonly server: string; readonly ca: Buffer } {
  const [entry] = (JSON.parse(readFileSync(kubeconfig, 'utf8')) as KubeconfigFile).clusters;
  if (entry === undefined) throw new Error(`${kubeconfig} names no cluster`);
  return { server: entry.cluster.server, ca: Buffer.from(entry.cluster['certificate-authority-data'], 'base64') };
}

export class AdminApi {
  readonly #agent: Agent;
  readonly #server: string;

  constructor(kubeconfig: string) {
    const { server, ca } = serverOf(kubeconfig);
    const [entry] = (JSON.parse(readFileSync(kubeconfig, 'utf8')) as KubeconfigFile).users;
    const decoded = (text = ''): Buffer => Buffer.from(text, 'base64');
    this.#agent = new Agent({ keepAlive: true, ca, cert: decoded(entry?.user['client-certificate-data']), key: decoded(entry?.user['client-key-data']) });
    this.#server = server;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Asks for one object; undefined when it is not there. */
  async get(path: string): Promise<ApiObject | undefined> {
    const { status, body } = await this.ask('GET', path);
    if (status === 404) return undefined;
    return expectOk(`GET ${path}`, { status, body }) as ApiObject;
  }

  async list(path: string): Promise<readonly ApiObject[]> {
    return (expectOk(`GET ${path}`, await this.ask('GET', path)) as { items: ApiObject[] }).items;
  }

  async create(path: string, object: object): Promise<ApiObject> {
    return expectOk(`POST ${path}`, await this.ask('POST', path, object)) as ApiObject;
  }

  async mergePatch(path: string, patch: object): Promise<void> {
    expectOk(`PATCH ${path}`, await this.ask('PATCH', path, patch, 'application/merge-patch+json'));
  }

  ask(method: string, path: string, body?: object, contentType = 'application/json'): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = { accept: 'application/json', ...(body !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }) };
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(this.#server + path), { method, agent: this.#agent, headers, timeout: 30_000 }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown }));
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }
}

function expectOk(what: string, { status, body }: Answer): unknown {
  if (status < 300) return body;
  throw new Error(`${what}: ${status} ${(body as { message?: string }).message ?? ''}`);
}
