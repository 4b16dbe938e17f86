// Nobody who reads logs, processes, results, or what is stored learns a password or key, whatever goes wrong.
import { readFileSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { RunRequest } from '@postgres-operator/api';
import { describe, expect, it } from 'vitest';
import { childrenOf } from '../../../e2e/lib/process.ts';
import { run } from '../../../e2e/lib/run.ts';
import { bucketStories } from './bucket-stories.ts';
import { BUCKET, KEYS } from './object-store.ts';
import { PASSWORDS } from './postgres-server.ts';
import { dumpRequest, restoreRequest, startRunner, type Ended } from './runner.ts';
import { withTool } from './tools.ts';

const bucket = bucketStories();
const WRONG = { password: String.raw`wr0ng:\'canary"`, key: 'wrong/Canary+key' };
const SECRETS = [...Object.values(PASSWORDS), KEYS.AWS_SECRET_ACCESS_KEY, WRONG.password, WRONG.key];

/** A secret as it is, and as JSON, password files, URLs and headers write it. */
const formsOf = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  secret.replace(/[\\:]/g, String.raw`\$&`),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('hex'),
];
const FORMS = SECRETS.flatMap(formsOf);

const expectClean = (what: string, text: string): void => {
  for (const form of FORMS) if (text.includes(form)) throw new Error(`${what} holds a secret, as ${form}`);
};

/** What /proc tells of a process and those that it has started. */
function seenInProc(pid: number): string[] {
  const read = (file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  };
  return [read('cmdline'), read('environ'), ...childrenOf(pid).flatMap(seenInProc)];
}

/** Runs a request at the level debug, and looks at every process meanwhile. */
async function watched(request: RunRequest): Promise<Ended & { readonly processes: string }> {
  const seen = new Set<string>();
  const { child, ended } = startRunner(bucket.pod, { ...request, logLevel: 'debug' });
  const look = (): void => {
    for (const text of seenInProc(child.pid ?? -1)) seen.add(text);
  };
  look();
  const looking = setInterval(look, 5);
  const end = await ended.finally(() => clearInterval(looking));
  return { ...end, processes: [...seen].join('\n') };
}

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(bucket.pod.environment.scratchFolder)).toEqual([]);
  for (const entry of await readdir(bucket.pod.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.startsWith(bucket.pod.environment.credentialsFolder)) continue;
    expectClean(path, path.endsWith('.zst') ? (await run('zstd', ['-dc', path])).stdout : await readFile(path, 'utf8'));
  }
}

async function expectNothingStored(): Promise<void> {
  for (const key of await bucket.store.keys()) {
    const head = await bucket.store.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
    expectClean(`the metadata of ${key}`, JSON.stringify({ ...head, $metadata: undefined }));
    if (key.endsWith('manifest.json')) expectClean(key, await readFile(join(bucket.store.folder, key), 'utf8'));
  }
}

const wrongPassword = (identity: string): Promise<void> => writeFile(join(bucket.pod.environment.credentialsFolder, identity, 'password'), WRONG.password);
const toClaim = (): RunRequest => dumpRequest(bucket.at('large'));

describe('no secret is seen in a run', () => {
  it.each<[string, string, () => RunRequest | Promise<RunRequest>]>([
    ['into a claim', 'succeeded', toClaim],
    ['into a bucket', 'succeeded', () => bucket.requestOf('large')],
    ['with a wrong password', 'AuthenticationFailed', async () => (await wrongPassword('backup'), toClaim())],
    ['whose password stops working before pg_dump starts', 'AuthenticationFailed', async () => {
      // What pg_dump says of a login that is refused.
      bucket.pod = await withTool(bucket.pod, 'pg_dump', 'echo "wrong" > "$PGPASSFILE.x"; echo "*:*:*:*:wrong" > "$PGPASSFILE"; rm "$PGPASSFILE.x"; real "$@"');
      return toClaim();
    }],
    ['with a wrong key', 'StorageDenied', async () => (await bucket.setStore({ AWS_SECRET_ACCESS_KEY: WRONG.key }), bucket.requestOf('large'))],
    ['for which the store has no time', 'StorageUnreachable', () => {
      bucket.proxy.obey({ on: 'UploadPart', fault: { answer: 503, code: 'SlowDown' } });
      return bucket.requestOf('large');
    }],
    ['whose tool repeats the password', 'DumpFailed', async () => {
      bucket.pod = await withTool(bucket.pod, 'pg_dump', `echo "pg_dump: error: the password is $(sed 's/.*:backup/backup/; s/\\\\:/:/g' "$PGPASSFILE")" >&2; exit 1`);
      return toClaim();
    }],
    ['that cannot find the database', 'DatabaseMissing', () => dumpRequest(bucket.at('none'))],
    ['that restores', 'BackupMissing', () => restoreRequest(bucket.at('shop'), '0'.repeat(64))],
    ['that restores with a wrong password', 'AuthenticationFailed', async () => (await wrongPassword('superuser'), restoreRequest(bucket.at('shop'), '0'.repeat(64)))],
  ])('%s', async (_what, outcome, prepare) => {
    const { result, log, processes } = await watched(await prepare());
    expect(result.outcome === 'failed' ? result.reason : result.outcome, log).toBe(outcome);
    expectClean('the log', log);
    expectClean('the result', JSON.stringify(result));
    expect(processes).toContain('RUN_REQUEST');
    if (outcome === 'succeeded') expect(processes).toContain('PGPASSFILE');
    expectClean('a process', processes);
    await expectNothingLeft();
    await expectNothingStored();
  });
});
