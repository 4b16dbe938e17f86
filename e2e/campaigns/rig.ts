// A ground with controllers on it, each behind a proxy of its own, and a Database that is Ready.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUNDLE_TARGETS, build } from '../../scripts/build.ts';
import { waitFor } from '../cluster/api.ts';
import { writeIdentity } from '../harness/chart-identity.ts';
import { messageOf } from '../lib/error.ts';
import { serverOf } from './api.ts';
import { Controller } from './controller.ts';
import type { Ground } from './ground.ts';
import { Journal, worksIn } from './journal.ts';
import { createObject, DATABASE, pathOf, REFERENCE, untilPhase } from './objects.ts';
import { Proxy } from './proxy.ts';

/** A controller and the proxy between it and the API server. */
export interface Post {
  readonly controller: Controller;
  readonly proxy: Proxy;
}

export interface Rig {
  readonly ground: Ground;
  readonly journal: Journal;
  readonly posts: readonly Post[];
  /** What the controllers logged is here. */
  readonly folder: string;
  /** What every table of the Database held when it was filled. */
  readonly content: unknown;
  /** Waits until one controller leads and nothing is left to do; gives its post. */
  settled(): Promise<Post>;
  /** Ends the controllers and leaves the ground; `keepLogs` leaves the folder. */
  stop(keepLogs: boolean): Promise<void>;
}

/** No write for this long, with empty queues, is taken for the end of all work. */
const QUIET_MS = 400;

/** Starts one controller for each name, and makes the Database and the Backup that all Restores restore. */
export async function startRig(ground: Ground, names: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-operator-campaign-'));
  const journal = new Journal();
  const posts: Post[] = [];
  const stop = async (keepLogs: boolean): Promise<void> => {
    for (const { controller, proxy } of posts) {
      await controller.kill();
      await proxy.stop();
    }
    await ground.close();
    if (!keepLogs) rmSync(folder, { recursive: true, force: true });
  };
  const settled = (): Promise<Post> => untilSettled(posts, journal, ground.namespace);
  try {
    const [bundle] = await build(BUNDLE_TARGETS.filter(({ name }) => name === 'controller'), folder);
    const program = join(bundle?.folder ?? folder, 'main.cjs');
    for (const name of names) posts.push(await startPost(ground, { name, folder, journal, program, env }));
    await prepare(ground);
    await settled();
    return { ground, journal, posts, folder, content: await ground.content(), settled, stop };
  } catch (cause) {
    await stop(true);
    throw new Error(`the ground is not ready: ${messageOf(cause)}; what the controllers logged is in ${folder}`, { cause });
  }
}

async function prepare(ground: Ground): Promise<void> {
  await createObject(ground.api, 'Database', { namespace: ground.namespace, name: DATABASE });
  await untilPhase(ground.api, pathOf('Database', ground.namespace, DATABASE), ['Ready']);
  await ground.fill();
  await createObject(ground.api, 'Backup', { namespace: ground.namespace, name: REFERENCE });
  await untilPhase(ground.api, pathOf('Backup', ground.namespace, REFERENCE), ['Completed']);
}

interface PostParts {
  readonly name: string;
  readonly folder: string;
  readonly journal: Journal;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

async function startPost(ground: Ground, { name, folder, journal, program, env }: PostParts): Promise<Post> {
  const proxy = new Proxy({ name, folder, journal, upstream: serverOf(ground.kubeconfig) });
  const address = await proxy.start();
  const kubeconfig = join(folder, `${name}.kubeconfig`);
  await writeIdentity(ground.kubeconfig, ground.operatorNamespace, { file: kubeconfig, ...address });
  const controller = new Controller({ name, program, kubeconfig, env: { ...ground.env, ...env }, log: join(folder, `${name}.log`) });
  await controller.start();
  return { controller, proxy };
}

function untilSettled(posts: readonly Post[], journal: Journal, namespace: string): Promise<Post> {
  const works = worksIn(namespace);
  return waitFor('one controller to lead and have nothing to do', 180, async () => {
    const leaders = [];
    for (const post of posts) if (post.controller.alive && (await post.controller.idleLeader())) leaders.push(post);
    const [leader] = leaders;
    if (leader === undefined || leaders.length > 1) throw new Error(`${leaders.length} lead without work`);
    const last = journal.writes.findLast(works);
    if (last !== undefined && performance.now() - (last.answeredAt ?? Infinity) < QUIET_MS) throw new Error('there was a write just now');
    return leader;
  });
}
