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

/** A file or a folder of the repository. */
export interface RepositoryPath {
  kind: 'path';
  path: string;
}

export type ContextSource = DebianRoot | NpmPackage | RepositoryPath;

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
