// How the plugin ends, for scripts.

/** Exit codes. */
export const Exit = {
  /** Done; what was looked at is well. */
  ok: 0,
  /** What was asked for failed, or what was looked at is in trouble. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The API server gave no answer, or refused. */
  cluster: 3,
  /** --timeout passed. What was started goes on. */
  timeout: 4,
  /** Interrupted at the keyboard. What was started goes on. */
  interrupted: 130,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** An end with words for a person: what failed, on which object, what to do. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: Exit;

  constructor(code: Exit, message: string) {
    super(message);
    this.code = code;
  }
}
