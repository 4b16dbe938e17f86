import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchForStall } from './stall.ts';

describe('a watch for 10 seconds', () => {
  let moved = 0;
  const stalled = vi.fn();
  beforeEach(() => {
    vi.useFakeTimers();
    stalled.mockReset();
  });
  afterEach(() => vi.useRealTimers());

  it('says once that nothing has moved', () => {
    watchForStall(10, () => moved, stalled);
    vi.advanceTimersByTime(9900);
    expect(stalled).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100_000);
    expect(stalled).toHaveBeenCalledOnce();
  });

  it('begins anew with every byte', () => {
    watchForStall(10, () => moved, stalled);
    for (let time = 0; time < 60; time += 9) {
      vi.advanceTimersByTime(9000);
      moved += 1;
    }
    expect(stalled).not.toHaveBeenCalled();
    vi.advanceTimersByTime(11_000);
    expect(stalled).toHaveBeenCalledOnce();
  });

  it('says nothing once it has ended', () => {
    watchForStall(10, () => moved, stalled)();
    vi.advanceTimersByTime(60_000);
    expect(stalled).not.toHaveBeenCalled();
  });
});
