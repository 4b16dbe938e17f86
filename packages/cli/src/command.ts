// What a command of the plugin is made of.
import type { Backup, Database, Restore } from '@postgres-operator/api';
import type { KubeClient } from '@postgres-operator/controller/kube/client';
import type { Exit } from './exit.ts';
import type { Terminal } from './terminal/terminal.ts';

/** An option as a person gives it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What the help calls its value. */
  readonly value?: string;
  readonly description: string;
  /** The only values that it may have. */
  readonly oneOf?: readonly string[];
}
export type Options = Readonly<Record<string, Option>>;

/** The command line, read. */
export interface Input {
  readonly operands: readonly string[];
  /** The value of an option; undefined when it was not given. */
  text(option: string): string | undefined;
  /** True when the option was given. */
  flag(option: string): boolean;
}

/** Time, apart from the clock, so that tests can own it. */
export interface Pace {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** What the plugin uses of the Kubernetes client. */
export type ClusterClient = Pick<KubeClient, 'get' | 'list' | 'create' | 'merge' | 'delete' | 'log'>;

/** All that a command may use. */
export interface Context {
  readonly kube: ClusterClient;
  readonly namespace: string;
  readonly terminal: Terminal;
  readonly pace: Pace;
  /** What a command in a pod writes to stdout, as it comes. */
  runInPod(pod: string, command: readonly string[]): AsyncIterable<Buffer>;
  /** Aborts when the person interrupts. */
  readonly signal: AbortSignal;
}

/** What an operand names, for completion. */
export type Operand = 'database' | 'backup' | 'log';

/** A command: how it is called, what it says of itself, what it does. */
export interface Command {
  readonly name: string;
  /** What follows the name, such as `DATABASE [--wait]`. */
  readonly usage: string;
  readonly summary: string;
  /** More about it, in paragraphs. */
  readonly details?: string;
  readonly examples: readonly string[];
  readonly options: Options;
  readonly operands: { readonly min: number; readonly max: number; readonly of: Operand };
  run(context: Context, input: Input): Promise<Exit>;
}

/** A run: what the plugin waits for and shows the log of. */
export type Run = Backup | Restore;
/** An object of one of our kinds. */
export type OwnObject = Database | Run;
