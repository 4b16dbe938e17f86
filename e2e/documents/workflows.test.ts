// Nobody has run the public workflows yet: at least what they name is there.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WORKFLOWS = globSync('.github/workflows/*.yml', { cwd: ROOT });

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, { readonly needs?: string; readonly 'timeout-minutes'?: number; readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> }; readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }>>;
}

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const workflow = (file: string): Workflow => parse(textOf(file)) as Workflow;
const runsOf = (file: string): string[] => Object.values(workflow(file).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

it('There is one for each change and one for releases', () => {
  expect(WORKFLOWS.map((file) => file.split('/').at(-1)).sort()).toEqual(['ci.yml', 'release.yml']);
});

describe.each(WORKFLOWS)('%s', (file) => {
  it('may only read unless a job says more, ends, and waits for jobs that there are', () => {
    const { permissions, jobs } = workflow(file);
    expect(permissions).toEqual({ contents: 'read' });
    for (const { needs, 'timeout-minutes': minutes } of Object.values(jobs)) {
      expect(minutes).toBeGreaterThan(0);
      if (needs !== undefined) expect(Object.keys(jobs)).toContain(needs);
    }
  });

  it('names actions by commit, with the version beside it, and one commit of each', () => {
    const lines = textOf(file).split('\n').filter((line) => line.includes('uses:'));
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const pinned = new Set(WORKFLOWS.flatMap((other) => [...textOf(other).matchAll(/uses: (\S+)/g)].map(([, use = '']) => use)));
    expect(pinned.size).toBe(new Set([...pinned].map((use) => use.split('@')[0])).size);
  });

  it('runs scripts that there are, on files that there are', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const runs = runsOf(file).join('\n');
    expect([...runs.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name).filter((name) => scripts[name] === undefined)).toEqual([]);
    const images = Object.values(workflow(file).jobs).flatMap(({ strategy }) => strategy?.matrix['image'] ?? []);
    const named = [...runs.matchAll(/(?:images|charts|packages|\.ci)\/[\w$./-]*\w/g)].flatMap(([path]) => (path.includes('$IMAGE') ? images.map((image) => path.replace('$IMAGE', image)) : [path]));
    expect(named.filter((path) => !path.includes('$') && !existsSync(join(ROOT, path)))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
});

it('Each change is tested by what any machine runs: .ci/run, which is npm test', () => {
  expect(runsOf('.github/workflows/ci.yml')).toContain('.ci/run');
  expect(textOf('.ci/run')).toMatch(/^exec npm test$/m);
});

it('A release has both images for both processors, with what they are made of and by what', () => {
  const runs = runsOf('.github/workflows/release.yml').join('\n');
  for (const said of ['--platform linux/amd64,linux/arm64', '--sbom=true --provenance=mode=max', 'helm package charts/postgres-operator', 'npm publish --workspace packages/cli --access public --provenance']) expect(runs).toContain(said);
  expect(globSync('images/*/Dockerfile', { cwd: ROOT }).map((path) => path.split('/')[1]).sort()).toEqual(['controller', 'runner']);
});
