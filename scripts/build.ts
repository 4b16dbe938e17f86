import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build as esbuild, type Plugin } from 'esbuild';

const REPOSITORY = join(import.meta.dirname, '..');

export interface BundleTarget {
  name: string;
  entry: string;
  /** Emptied before the bundle is written: nothing of an earlier build may end up in an image. */
  folder: string;
  /** A program that people start: it is executable, and needs no newer Node than people have. Everything else runs on the Node of its image. */
  isProgram?: boolean;
}

export interface Bundle {
  name: string;
  folder: string;
  /** Relative to the folder: the bundle and, but for a program, its source map. */
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

/** The kubectl plugin, where packages/cli/package.json says that it is. */
export const PLUGIN_TARGET: BundleTarget = { name: 'kubectl-db', entry: join(REPOSITORY, 'packages/cli/src/main.ts'), folder: join(REPOSITORY, 'packages/cli/dist'), isProgram: true };

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

/**
 * What client-node imports to go through a proxy, which the controller refuses to do (kube/connection.ts), and for the calls of its
 * generated classes, of which none is used: a megabyte.
 */
const FOR_PROXIES_AND_CALLS: readonly string[] = ['undici', 'hpagent', 'socks', 'socks-proxy-agent'];

/** Leaves that out of client-node. Fails when there is nothing to leave out: it then does its work with something else, which is to be judged anew. */
const CLIENT_NODE_WITHOUT_CONNECTIONS: Plugin = {
  name: 'client-node-without-connections',
  setup(plugged) {
    const filter = new RegExp(`^(${FOR_PROXIES_AND_CALLS.join('|')})$`);
    let met = false;
    const leftOut = new Set<string>();
    plugged.onResolve({ filter: /./ }, ({ path, importer }) => {
      const byClientNode = importer.includes('/node_modules/@kubernetes/client-node/');
      met ||= byClientNode;
      // Whoever else imports one of them means it.
      if (!byClientNode || !filter.test(path)) return undefined;
      leftOut.add(path);
      return { path, namespace: 'left-out' };
    });
    plugged.onLoad({ filter, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
    plugged.onEnd(() => {
      const missing = FOR_PROXIES_AND_CALLS.filter((path) => met && !leftOut.has(path));
      return { errors: missing.map((path) => ({ text: `client-node no longer imports ${path}: see FOR_PROXIES_AND_CALLS in scripts/build.ts` })) };
    });
  },
};

async function bundle({ name, entry, folder: nominal, isProgram = false }: BundleTarget, folder: string): Promise<Bundle> {
  const { outputFiles } = await esbuild({
    entryPoints: { main: entry },
    write: false,
    // The paths in the source map are relative to it.
    outdir: nominal,
    outExtension: { '.js': '.cjs' },
    absWorkingDir: REPOSITORY,
    bundle: true,
    platform: 'node',
    target: isProgram ? 'node20' : 'node24',
    ...(isProgram && { banner: { js: '#!/usr/bin/env node' } }),
    // Not an ES module: one that imports a module of Node, such as node:http, gets all that it exports, and with that Node loads what it
    // otherwise leaves for later (a whole HTTP client, 8 MB of memory).
    format: 'cjs',
    // Names stay readable in stack traces and heap snapshots; white space is what costs size.
    minifyWhitespace: true,
    sourcemap: isProgram ? false : 'linked',
    // The sources are in the repository; without them the map is a third of the size.
    sourcesContent: false,
    // An optional native driver that pg only tries to load.
    external: ['pg-native'],
    plugins: [CLIENT_NODE_WITHOUT_CONNECTIONS, CLIENT_NODE_WITHOUT_THE_UNUSED],
    logLevel: 'warning',
  });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of outputFiles) writeFileSync(join(folder, basename(file.path)), file.contents, { mode: isProgram ? 0o755 : 0o644 });
  return { name, folder, files: outputFiles.map((file) => basename(file.path)).sort() };
}

if (import.meta.main) {
  for (const { name, folder, files } of await build([...BUNDLE_TARGETS, PLUGIN_TARGET])) console.log(`${name}: ${folder} (${files.join(', ')})`);
}
