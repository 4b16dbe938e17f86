export interface StepErrorDetails {
  cause?: unknown;
  exitCode?: number;
  /** The file that holds the output of the commands. */
  log?: string;
}

/** The one error of the test ground: its message is written for the person at the terminal and needs no stack. */
export class StepError extends Error {
  readonly exitCode: number | undefined;
  readonly log: string | undefined;

  constructor(message: string, details: StepErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'StepError';
    this.exitCode = details.exitCode;
    this.log = details.log;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
