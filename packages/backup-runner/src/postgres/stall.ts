// A run that stands still must end: it keeps a snapshot open in the server, and everybody who waits for the backup waits in vain.

// Counted in looks, not by the clock: a process that was suspended for an hour has not been idle for an hour.
const LOOKS = 10;

/** Calls `stalled` once when `moved` gives the same number for that long, at most a tenth longer. Returns a function that ends the watch. */
export function watchForStall(seconds: number, moved: () => number, stalled: () => void): () => void {
  let last = moved();
  let still = 0;
  const timer = setInterval(() => {
    const now = moved();
    still = now === last ? still + 1 : 0;
    last = now;
    if (still < LOOKS) return;
    clearInterval(timer);
    stalled();
  }, (seconds * 1000) / LOOKS);
  return () => clearInterval(timer);
}
