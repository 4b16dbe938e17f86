/** How a trial went in which somebody was killed while a client wrote. */
export interface KillEnding {
  /** What it ended as, and why not as what was asked for. */
  readonly ending: string;
  /** Whether anybody was there to be killed. */
  readonly killed: boolean;
  readonly problems: readonly string[];
  readonly seconds: number;
  /** The longest time between two acknowledged rows, in seconds. */
  readonly gap: number;
}
