import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, contentHash, publish } from '../lib/cache.ts';
import { withLock } from '../lib/lock.ts';
import { ensurePrerequisites } from '../lib/packages.ts';
import { step } from '../lib/step.ts';

interface ToolModule {
  title: string;
  usually: string;
  ldflags: string;
  /** Binary name → package it is built from. */
  packages: Record<string, string>;
}

const kubernetesVersion = pinnedVersion('kubernetes', 'k8s.io/kubernetes');
const helmVersion = pinnedVersion('helm', 'helm.sh/helm/v4');

/** One entry a folder of `tools/`, whose go.mod and go.sum pin what is built. The order is the order of building. */
const modules = {
  kubernetes: {
    title: `Kubernetes ${kubernetesVersion} and etcd`,
    usually: '10 min',
    ldflags: kubernetesLdflags(kubernetesVersion),
    packages: {
      etcd: 'go.etcd.io/etcd/server/v3',
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
  },
  coredns: {
    title: 'CoreDNS',
    usually: '6 min',
    ldflags: '',
    packages: { coredns: 'github.com/coredns/coredns' },
  },
  'local-path-provisioner': {
    title: 'local-path-provisioner',
    usually: '2 min',
    ldflags: '',
    packages: { 'local-path-provisioner': 'github.com/rancher/local-path-provisioner' },
  },
  helm: {
    title: `Helm ${helmVersion}`,
    usually: '2 min',
    ldflags: `-X helm.sh/helm/v4/internal/version.version=${helmVersion}`,
    packages: { helm: 'helm.sh/helm/v4/cmd/helm' },
  },
  // No part of a cluster: the object store of the tests. It runs on loopback, or in pods: e2e/images/object-store.
  versitygw: {
    title: 'versitygw',
    usually: '2 min',
    ldflags: '',
    packages: { versitygw: 'github.com/versity/versitygw/cmd/versitygw' },
  },
} as const satisfies Record<string, ToolModule>;

type ModuleName = keyof typeof modules;
type PackagesOf<M extends ModuleName> = keyof (typeof modules)[M]['packages'];
export type ToolName = { [M in ModuleName]: PackagesOf<M> }[ModuleName];

const clusterModules = moduleNames().filter((module) => module !== 'versitygw');
export const clusterTools: ToolName[] = clusterModules.flatMap(toolsOf);

/** The module that asks for the newest Go of them all. */
export const GO_MODULE = moduleDir('helm');

/** Paths of the binaries, built from source and cached when they are not there yet (15 minutes for all of them on two cores). */
export async function ensureTools<T extends ToolName>(names: T[]): Promise<Record<T, string>> {
  const missing = missingTools(names);
  const wanted = moduleNames().filter((module) => toolsOf(module).some((tool) => missing.includes(tool)));
  if (wanted.length > 0) await ensurePrerequisites({ debian: [], goModule: GO_MODULE });
  // Go spreads each build over all cores; one more keeps them busy while the other links.
  await eachOf(wanted, 2, (module) => build(module, names));
  return Object.fromEntries(names.map((name) => [name, toolPath(name)])) as Record<T, string>;
}

export function missingTools(names: ToolName[]): ToolName[] {
  return names.filter((name) => !existsSync(toolPath(name)));
}

export function toolPath(name: ToolName): string {
  return join(toolDir(moduleOf(name)), name);
}

/** Changes with every pin and every build flag; clusters remember it to notice that they run older tools. */
export function toolsFingerprint(): string {
  return contentHash(...clusterModules.map(moduleHash));
}

async function build(module: ModuleName, names: ToolName[]): Promise<void> {
  const folder = toolDir(module);
  const { title, usually, ldflags } = modules[module];
  await withLock(join(cacheDir(), 'locks', `tools-${moduleHash(module)}.lock`), async () => {
    const missing = toolsOf(module).filter((tool) => names.includes(tool) && !existsSync(join(folder, tool)));
    if (missing.length === 0) return;
    mkdirSync(folder, { recursive: true });
    // Under the lock nobody else is writing here: what a killed build began is nobody's.
    for (const file of readdirSync(folder)) if (file.includes('.partial-')) rmSync(join(folder, file));
    const what = missing.length === toolsOf(module).length ? title : `${title} (${missing.join(', ')})`;
    await step(`Building ${what}`, { usually }, async (log) => {
      for (const tool of missing) {
        await publish(join(folder, tool), async (temporary) => {
          const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${ldflags}`, '-o', temporary];
          // Readonly: a build never edits the committed pins.
          const go = ['go', 'build', '-mod=readonly', ...flags, packageOf(tool)];
          // Ends with us: a killed run does not keep the processors busy until the next one.
          await log.run('setpriv', ['--pdeathsig', 'KILL', ...go], { cwd: moduleDir(module), env: { CGO_ENABLED: '0' } });
        });
      }
    });
  });
}

async function eachOf<T>(items: T[], atATime: number, action: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await action(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

function moduleHash(module: ModuleName): string {
  const files = ['go.mod', 'go.sum'].map((file) => readFileSync(join(moduleDir(module), file)));
  return contentHash(modules[module].ldflags, process.arch, ...files);
}

function toolDir(module: ModuleName): string {
  return join(cacheDir(), 'tools', `${module}-${moduleHash(module)}`);
}

function moduleDir(module: ModuleName): string {
  return join(import.meta.dirname, 'tools', module);
}

function moduleNames(): ModuleName[] {
  return Object.keys(modules) as ModuleName[];
}

function toolsOf(module: ModuleName): ToolName[] {
  return Object.keys(modules[module].packages) as ToolName[];
}

function moduleOf(tool: ToolName): ModuleName {
  const found = moduleNames().find((module) => toolsOf(module).includes(tool));
  if (found === undefined) throw new TypeError(`unknown tool ${tool}`);
  return found;
}

function packageOf(tool: ToolName): string {
  const packages: Record<string, string> = modules[moduleOf(tool)].packages;
  return packages[tool] ?? tool;
}

export function pinnedVersion(module: string, path: string): string {
  const goMod = readFileSync(join(import.meta.dirname, 'tools', module, 'go.mod'), 'utf8');
  const line = goMod.split('\n').find((text) => text.replace(/^\s*(require )?/, '').startsWith(`${path} v`));
  const version = line === undefined ? undefined : /v\S+/.exec(line.slice(line.indexOf(`${path} `) + path.length))?.[0];
  if (version === undefined) throw new TypeError(`tools/${module}/go.mod does not pin ${path}`);
  return version;
}

/** Without these the server calls itself v0.0.0-master+$Format:%H$, and Helm and clients go by that. */
function kubernetesLdflags(version: string): string {
  const [major, minor] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean', gitCommit: version, buildDate: '1970-01-01T00:00:00Z' };
  return Object.entries(values)
    .map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`)
    .join(' ');
}
