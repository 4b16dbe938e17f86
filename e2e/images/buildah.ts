import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../lib/cache.ts';
import { run, type RunOptions, type RunResult } from '../lib/run.ts';
import { step, type StepLog } from '../lib/step.ts';
import { ensureSource } from './sources.ts';
import type { ImageDefinition } from './types.ts';

/** What the machine needs to build images on stand-ins. */
export const BUILDAH_PACKAGES = ['buildah', 'debian-archive-keyring', 'mmdebstrap', 'python3-pip', 'unzip'];

export interface BuildRequest {
  image: ImageDefinition;
  key: string;
  /** The bases by the name in the FROM lines, and the tag in our store that stands for each. */
  bases: Map<string, string>;
  /** Cache each instruction: pays where only the last one changes. */
  layers: boolean;
}

export const storeTag = (image: ImageDefinition, key: string): string => `localhost/${image.id}:${key}`;

/** buildah with a store of its own: nothing of it touches the configuration, the images or the mounts of the machine. */
export class Buildah {
  readonly #folder = join(cacheDir(), 'images');
  readonly #root = join(this.#folder, 'store');
  readonly #scratch: string;

  /** Only one at a time may use the store: call it under the lock. */
  constructor() {
    mkdirSync(this.#root, { recursive: true });
    for (const name of readdirSync(this.#folder)) {
      if (name.startsWith('run-')) rmSync(join(this.#folder, name), { recursive: true, force: true });
    }
    // Fresh each time: it counts mounts, and those of an earlier run are gone.
    this.#scratch = mkdtempSync(join(this.#folder, 'run-'));
  }

  close(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  /** What a build that was killed has left. */
  async removeLeftovers(): Promise<void> {
    await this.#run(['rm', '--all'], { accept: [1, 125] });
  }

  async has(tag: string): Promise<boolean> {
    const { exitCode } = await this.#run(['inspect', '--type', 'image', '--format', '{{.FromImageID}}', tag], { accept: [1, 125] });
    return exitCode === 0;
  }

  async build(request: BuildRequest): Promise<void> {
    const { image, key, bases, layers } = request;
    await step(`Image ${image.name}`, { usually: '5–20 s' }, async (log) => {
      const context = await this.#stage(image, log);
      const contexts = [...bases].map(([name, tag]) => `--build-context=${name}=container-image://${tag}`);
      const buildArgs = Object.entries(image.buildArgs).map(([name, value]) => `--build-arg=${name}=${value}`);
      const options = ['--isolation=chroot', '--network=host', '--pull=never', '--timestamp=0', `--layers=${layers}`];
      const names = [`--file=${image.dockerfile}`, `--tag=${storeTag(image, key)}`];
      await this.#run(['build', ...options, ...contexts, ...buildArgs, ...names, context], { log: log.path });
      rmSync(context, { recursive: true, force: true });
    });
  }

  /** Writes a docker-archive, which unlike an oci-archive is not compressed, and returns the id of the image. */
  async save(tag: string, name: string, file: string): Promise<string> {
    const { stdout } = await this.#run(['inspect', '--type', 'image', '--format', '{{.FromImageID}}', tag]);
    const id = stdout.trim();
    // By id: by tag, the archive would carry our tag as a second name.
    await step(`Archive of ${name}`, { usually: '1–10 s' }, (log) =>
      this.#run(['push', '--quiet', id, `docker-archive:${file}:${name}`], { log: log.path }),
    );
    return `sha256:${id}`;
  }

  /** Drops the other builds of an image: what they share with the new one stays. */
  async dropOthers(image: ImageDefinition, key: string): Promise<void> {
    const { stdout } = await this.#run(['images', '--format', '{{.Name}}:{{.Tag}}']);
    const others = stdout.split('\n').filter((tag) => tag.startsWith(`localhost/${image.id}:`) && tag !== storeTag(image, key));
    if (others.length > 0) await this.#run(['rmi', ...others], { accept: [1, 125] });
  }

  async #stage(image: ImageDefinition, log: StepLog): Promise<string> {
    const context = mkdtempSync(join(this.#scratch, 'context-'));
    for (const [name, source] of Object.entries(image.context)) {
      const from = await ensureSource(source);
      // Sources in the cache are large and on the same file system: linked. The repository may be on another one.
      if (source.kind === 'path') cpSync(from, join(context, name));
      else await log.run('cp', ['--archive', '--link', from, join(context, name)]);
    }
    return context;
  }

  #run(args: string[], options: RunOptions = {}): Promise<RunResult> {
    const store = ['--root', this.#root, '--runroot', join(this.#scratch, 'run'), '--storage-driver', 'overlay'];
    // In a mount namespace of its own: what it mounts is gone with it, however it ends.
    return run('unshare', ['--mount', '--propagation', 'private', 'buildah', ...store, ...args], options);
  }
}
