// A real object store on a loopback port, which keeps its objects as files in a folder. For tests only.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import { ensureTools } from '../../../e2e/cluster/tools.ts';
import { makeClient } from '../src/s3/client.ts';
import { freePort } from './postgres-server.ts';

/** Who may use it. */
export const KEYS = { AWS_ACCESS_KEY_ID: 'tester', AWS_SECRET_ACCESS_KEY: 'not much of a secret', AWS_REGION: 'us-east-1' } as const;
export const BUCKET = 'backups';

/** A running store. */
export interface ObjectStore {
  readonly port: number;
  /** Where the objects of the bucket are, as files. */
  readonly folder: string;
  readonly client: S3Client;
  /** Keys of the bucket, sorted. */
  keys(): Promise<string[]>;
  /** Keys of uploads that were begun and neither completed nor given up. */
  openUploads(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a store with an empty bucket. */
export async function startObjectStore(): Promise<ObjectStore> {
  const { versitygw } = await ensureTools(['versitygw']);
  const root = await mkdtemp(join(tmpdir(), 'runner-store-'));
  for (const name of ['objects', 'attributes']) await mkdir(join(root, name));
  const port = await freePort();
  // Sidecar: not every file system of a test machine keeps extended attributes.
  const args = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', join(root, 'attributes'), join(root, 'objects')];
  const env = { ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY };
  const server = spawn(versitygw, args, { env, stdio: 'ignore', cwd: root });
  const client = makeClient({ ...KEYS, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
  await pRetry(() => client.send(new CreateBucketCommand({ Bucket: BUCKET })), { retries: 2000, minTimeout: 50, factor: 1 });
  const folder = join(root, 'objects', BUCKET);
  const stop = async (): Promise<void> => {
    client.destroy();
    const closed = once(server, 'exit');
    server.kill('SIGKILL');
    await closed;
    await rm(root, { recursive: true, force: true });
  };
  return { port, folder, client, keys: () => filesOf(folder), openUploads: () => uploadsOf(client), stop };
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  // The store's own folder for what is not an object yet.
  return files.filter((name) => !name.startsWith('.sgwtmp')).sort();
}

async function uploadsOf(client: S3Client): Promise<string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
  return Uploads.map(({ Key }) => Key ?? '').sort();
}
