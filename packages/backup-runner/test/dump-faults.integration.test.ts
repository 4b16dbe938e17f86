// pg_dump ends where it should not, at any point of its work: there is no backup, and the one before is as it was.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DumpRequest } from '@postgres-operator/api';
import { beforeAll, describe, expect, it } from 'vitest';
import { bucketStories } from './bucket-stories.ts';
import { dumpRequest, makePod, runToEnd } from './runner.ts';
import { stored } from './stories.ts';
import { withTool } from './tools.ts';

const bucket = bucketStories();
/** What pg_dump writes for `large`. */
let plainBytes: number;

beforeAll(async () => {
  const pod = await makePod();
  const { result, log } = await runToEnd(pod, dumpRequest(bucket.at('large')));
  await pod.remove();
  if (result.outcome !== 'succeeded' || result.command !== 'dump') throw new Error(log);
  plainBytes = result.plainBytes;
});

/** How pg_dump ends, and what is said of that. The shell's $$ is the process that the runner has started. */
const ENDS = {
  'is killed': { script: 'kill -KILL $$', retryable: true, words: 'ended by SIGKILL' },
  'fails': { script: `echo 'pg_dump: error: out of memory' >&2; exit 1`, retryable: false, words: 'pg_dump: error: out of memory (exit code 1)' },
} as const;

const earlier = { kind: 'Backup', namespace: 'shop', name: 'earlier', uid: 'ffffffff-0000-4000-8000-000000000009' };
const OTHER_FOLDER = 'shop/db/earlier-ffffffff';

describe.each([0, 10, 50, 99, 100])('when pg_dump, at %i percent of its output,', (percent) => {
  const broken = ({ script }: { readonly script: string }): string => `real "$@" 2>/dev/null | head -c ${Math.floor((plainBytes * percent) / 100)}; ${script}`;

  it.each(Object.entries(ENDS))('%s, nothing is in the bucket', async (_end, { script, retryable, words }) => {
    const before = await bucket.store.keys();
    bucket.pod = await withTool(bucket.pod, 'pg_dump', broken({ script }));
    const { result, log } = await bucket.dump('large');
    expect(result, log).toMatchObject({ reason: 'DumpFailed', retryable, message: expect.stringContaining(words) as string });
    await bucket.expectNothing();
    expect(await bucket.store.keys()).toEqual(before);
  });

  it('is killed, the claim has the earlier backup only, as it was', async () => {
    const first: DumpRequest = dumpRequest(bucket.at('shop'), { object: earlier, destination: { location: `pvc://backups/${OTHER_FOLDER}`, path: OTHER_FOLDER } });
    await runToEnd(bucket.pod, first);
    const contents = async (): Promise<string[]> => Promise.all((await stored(bucket.pod)).map(async (path) => `${path} ${await readFile(join(bucket.pod.storage, path), 'base64').catch(() => 'folder')}`));
    const before = await contents();
    expect(before).toHaveLength(6);
    const pod = await withTool(bucket.pod, 'pg_dump', broken(ENDS['is killed']));
    expect((await runToEnd(pod, dumpRequest(bucket.at('large')))).result).toMatchObject({ reason: 'DumpFailed', retryable: true });
    expect(await contents()).toEqual(before);
  });
});
