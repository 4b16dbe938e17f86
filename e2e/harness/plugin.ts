// A person's home with kubectl in it, whose context is a story's namespace: what a document says about installing the plugin can be typed there.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../cluster/index.ts';
import { shellFor, type Shell } from '../documents/shell.ts';

/** A home folder, and a shell in it. */
export interface Home {
  readonly folder: string;
  readonly shell: Shell;
  readonly kubeconfig: string;
  /** Adds a context of this name, for whoever has the token. */
  addContext(name: string, token: string): Promise<void>;
  remove(): void;
}

/** Makes a home whose programs are in ~/.local/bin. */
export function homeFor(cluster: Cluster, namespace: string): Home {
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  const programs = join(home, '.local', 'bin');
  mkdirSync(programs, { recursive: true });
  const kubectl = join(programs, 'kubectl');
  symlinkSync(cluster.kubectl, kubectl);
  const kubeconfig = join(home, 'kubeconfig');
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8')) as { contexts: { context: object }[] };
  writeFileSync(kubeconfig, stringify({ ...config, contexts: config.contexts.map((one) => ({ ...one, context: { ...one.context, namespace } })) }));
  const shell = shellFor({ ...cluster, kubectl, kubeconfig }, { HOME: home });
  return {
    folder: home,
    shell,
    kubeconfig,
    async addContext(name, token) {
      const ofCluster = `--cluster="$(kubectl config view -o jsonpath='{.clusters[0].name}')"`;
      await shell.run(`kubectl config set-credentials ${name} --token=${token} && kubectl config set-context ${name} ${ofCluster} --user=${name} --namespace=${namespace}`);
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
