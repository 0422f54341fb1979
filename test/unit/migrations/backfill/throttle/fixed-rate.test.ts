import { describe, expect, it } from '@jest/globals';
import { FixedRate } from '../../../../../migrations/backfill/throttle/fixed-rate.ts';
import { VirtualClock } from '../../../../../services/core/index.ts';

const never = new AbortController().signal;

describe('a fixed rate', () => {
  it('lets no more documents through per second than it was told, over all partitions', async () => {
    const clock = new VirtualClock(0);
    const throttle = new FixedRate({ documentsPerSecond: 100, clock });
    const admittedAtMs: number[] = [];
    const partition = async () => {
      for (let batch = 0; batch < 4; batch++) {
        await throttle.admit(50, never);
        admittedAtMs.push(clock.nowMs());
      }
    };
    const partitions = Promise.all([partition(), partition()]);
    await clock.advance(10_000);
    await partitions;
    expect(admittedAtMs.sort((a, b) => a - b)).toEqual([0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500]);
  });

  it('saves up nothing while nobody asks', async () => {
    const clock = new VirtualClock(0);
    const throttle = new FixedRate({ documentsPerSecond: 100, clock });
    await clock.advance(60_000);
    await throttle.admit(100, never);
    const second = throttle.admit(100, never).then(() => clock.nowMs());
    await clock.advance(2_000);
    expect(await second).toBe(61_000);
  });

  it('stops waiting when the copy is stopped', async () => {
    const clock = new VirtualClock();
    const throttle = new FixedRate({ documentsPerSecond: 1, clock });
    const stop = new AbortController();
    await throttle.admit(1_000, stop.signal);
    const waiting = throttle.admit(1, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});
