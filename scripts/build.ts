import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build as esbuild, type Plugin } from 'esbuild';

const REPOSITORY = join(import.meta.dirname, '..');

export interface BundleTarget {
  name: string;
  entry: string;
  /** Emptied before the bundle is written: nothing of an earlier build may end up in an image. */
  folder: string;
}

export interface Bundle {
  name: string;
  folder: string;
  /** Relative to the folder: the bundle and its source map. */
  files: string[];
}

const target = (name: string, entry: string): BundleTarget => ({
  name,
  entry: join(REPOSITORY, entry),
  folder: join(REPOSITORY, 'dist', name),
});

export const BUNDLE_TARGETS: readonly BundleTarget[] = [
  target('controller', 'packages/controller/src/main.ts'),
  target('runner', 'packages/backup-runner/src/main.ts'),
];

// CommonJS packages inside an ES module still ask for Node's own modules through `require`; the alias cannot clash with an import.
const BANNER = "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);";

/**
 * Bundles the entry points into one file each, so that the images need no node_modules. With `into` the bundles go there, byte for
 * byte the same: several builds at once then do not meet in dist/.
 */
export async function build(targets: readonly BundleTarget[] = BUNDLE_TARGETS, into?: string): Promise<Bundle[]> {
  return Promise.all(targets.map((target) => bundle(target, into === undefined ? target.folder : join(into, target.name))));
}

/**
 * client-node does not say that its modules have no side effects, so all its generated models would come along for the one
 * class that is used of it, and with them 20 MB of memory.
 */
const CLIENT_NODE_WITHOUT_THE_UNUSED: Plugin = {
  name: 'client-node-without-the-unused',
  setup(plugged) {
    plugged.onResolve({ filter: /./ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      const within = path === '@kubernetes/client-node' || importer.includes('/node_modules/@kubernetes/client-node/');
      if (!within || pluginData === CLIENT_NODE_WITHOUT_THE_UNUSED || kind === 'entry-point') return undefined;
      const resolved = await plugged.resolve(path, { importer, resolveDir, kind, pluginData: CLIENT_NODE_WITHOUT_THE_UNUSED });
      return resolved.errors.length > 0 ? undefined : { path: resolved.path, external: resolved.external, namespace: resolved.namespace, sideEffects: false };
    });
  },
};

async function bundle({ name, entry, folder: nominal }: BundleTarget, folder: string): Promise<Bundle> {
  const { outputFiles } = await esbuild({
    entryPoints: { main: entry },
    write: false,
    // The paths in the source map are relative to it.
    outdir: nominal,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: REPOSITORY,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: BANNER },
    // Names stay readable in stack traces and heap snapshots; white space is what costs size.
    minifyWhitespace: true,
    sourcemap: 'linked',
    // The sources are in the repository; without them the map is a third of the size.
    sourcesContent: false,
    // An optional native driver that pg only tries to load.
    external: ['pg-native'],
    plugins: [CLIENT_NODE_WITHOUT_THE_UNUSED],
    logLevel: 'warning',
  });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of outputFiles) writeFileSync(join(folder, basename(file.path)), file.contents);
  return { name, folder, files: outputFiles.map((file) => basename(file.path)).sort() };
}

if (import.meta.main) {
  for (const { name, folder, files } of await build()) console.log(`${name}: ${folder} (${files.join(', ')})`);
}
