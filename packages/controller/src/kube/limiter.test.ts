import { describe, expect, it } from 'vitest';
import { Limiter } from './limiter.ts';

describe('A limiter', () => {
  it('lets no more run at once than it was told, in the order they came, also after failures', async () => {
    const limiter = new Limiter(2);
    const finish: (() => void)[] = [];
    const started: number[] = [];
    const runs = [0, 1, 2, 3].map((index) =>
      limiter.run(async () => {
        started.push(index);
        await new Promise<void>((resolve) => (finish[index] = resolve));
        if (index === 1) throw new Error('this one fails');
      }),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    finish[1]?.();
    await expect(runs[1]).rejects.toThrow('this one fails');
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    finish[0]?.();
    await runs[0];
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2, 3]);
    finish[2]?.();
    finish[3]?.();
    await Promise.all([runs[2], runs[3]]);
  });
});
