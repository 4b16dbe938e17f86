import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf, isAlive, type ProcessIdentity } from '../lib/process.ts';
import type { ClusterPaths } from './paths.ts';

/** Written by `up` before anything starts. */
export interface Intent {
  /** New for every attempt: a daemon whose generation is no longer the one on disk knows that it is not wanted. */
  generation: string;
  fingerprint: string;
  createdAt: string;
  /** Set last. Without it the attempt was cut short and its cluster is not to be trusted. */
  complete: boolean;
}

/** Written by the daemon about itself. */
export interface DaemonRecord {
  generation: string;
  port: number;
  daemon: ProcessIdentity;
  /** The `unshare` that holds the node; its one child is the node's first process. */
  node?: ProcessIdentity;
}

export function readIntent(paths: ClusterPaths): Intent | undefined {
  return parseIntent(readText(paths.intent));
}

export function readDaemon(paths: ClusterPaths, generation: string): DaemonRecord | undefined {
  return parseDaemon(readText(join(paths.stateDir, daemonFile(generation))));
}

/** A file for each attempt: a late daemon of an abandoned one cannot write over the record of the next. */
export function daemonFile(generation: string): string {
  return `daemon-${generation}.json`;
}

export function allDaemons(paths: ClusterPaths): DaemonRecord[] {
  const files = existsSync(paths.stateDir) ? readdirSync(paths.stateDir) : [];
  return files
    .filter((file) => /^daemon-\w+\.json$/.test(file))
    .map((file) => parseDaemon(readText(join(paths.stateDir, file))))
    .filter((record) => record !== undefined);
}

export function parseIntent(text: string | undefined): Intent | undefined {
  const value = parseObject(text);
  const { generation, fingerprint, createdAt, complete } = value;
  if (typeof generation !== 'string' || typeof fingerprint !== 'string' || typeof createdAt !== 'string') return undefined;
  return { generation, fingerprint, createdAt, complete: complete === true };
}

export function parseDaemon(text: string | undefined): DaemonRecord | undefined {
  const { generation, port, daemon, node } = parseObject(text);
  if (typeof generation !== 'string' || typeof port !== 'number' || !isIdentity(daemon)) return undefined;
  return { generation, port, daemon, ...(isIdentity(node) ? { node } : {}) };
}

/** By rename: a reader sees the old record or the new one, never half of one. */
export function writeRecord(file: string, record: object): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** The node's first process as the host numbers it: what `nsenter` wants. */
export function nodePid(record: DaemonRecord): number | undefined {
  return record.node !== undefined && isAlive(record.node) ? childrenOf(record.node.pid)[0] : undefined;
}

export function isIdentity(value: unknown): value is ProcessIdentity {
  const { pid, started } = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return typeof pid === 'number' && typeof started === 'string';
}

export function parseObject(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
