import { describe, expect, it } from '@jest/globals';
import { Pace } from '../../../../migrations/verify/pace.ts';
import { VirtualClock } from '../../../../services/core/index.ts';

describe('a pace', () => {
  it('gives the first turn at once, and the others evenly', async () => {
    const clock = new VirtualClock(0);
    const pace = new Pace({ perSecond: 10, clock });
    const turns: number[] = [];
    const signal = new AbortController().signal;
    const all = Promise.all(
      Array.from({ length: 5 }, async () => {
        await pace.turn(signal);
        turns.push(clock.nowMs());
      }),
    );
    await clock.advance(1_000);
    await all;
    expect(turns).toEqual([0, 100, 200, 300, 400]);
  });

  it('does not make up for turns that nobody took', async () => {
    const clock = new VirtualClock(0);
    const pace = new Pace({ perSecond: 10, clock });
    const signal = new AbortController().signal;
    await pace.turn(signal);
    await clock.advance(10_000);
    await pace.turn(signal);
    const next = pace.turn(signal).then(() => clock.nowMs());
    await clock.advance(100);
    expect(await next).toBe(10_100);
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const pace = new Pace({ perSecond: 1, clock: new VirtualClock(0) });
    await pace.turn(stop.signal);
    const waiting = pace.turn(stop.signal);
    stop.abort(new Error('interrupted'));
    await expect(waiting).rejects.toThrow('interrupted');
  });
});
