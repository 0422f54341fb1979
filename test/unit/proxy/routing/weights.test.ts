import { describe, expect, it } from '@jest/globals';
import { pollWeights } from '../../../../proxy/routing/poll-weights.ts';
import { Weights } from '../../../../proxy/routing/weights.ts';
import { VirtualClock } from '../../../../services/core/index.ts';
import { MemoryControlStore } from '../../../../services/store/memory-control-store.ts';

const setUp = () => {
  const clock = new VirtualClock();
  const store = new MemoryControlStore({ clock });
  const weights = new Weights({ store, dials: ['search', 'profiles'], clock, timeoutMs: 1_000 });
  const set = (weightPercent: unknown) =>
    store.put('weight:search', { weightPercent, setAtMs: 5, by: 'ann', why: '' }, 'any');
  return { clock, store, weights, set };
};

describe('Weights', () => {
  it('are 0 before anything was read', () => {
    expect(setUp().weights.percentOf('search')).toBe(0);
  });

  it('are 0 for a route that nobody has dialled, and for one that does not exist', async () => {
    const { weights } = setUp();
    await weights.refresh();
    expect([weights.percentOf('search'), weights.percentOf('nosuch')]).toEqual([0, 0]);
    expect(weights.awayBecause).toBeUndefined();
  });

  it('are what the store says at the last reading', async () => {
    const { weights, set, clock } = setUp();
    await set(12.34);
    await weights.refresh();
    expect(weights.inForce('search')).toEqual({
      weightPercent: 12.34,
      setAtMs: 5,
      rolledBack: false,
      confirmedAtMs: clock.nowMs(),
    });
    await set(0);
    await weights.refresh();
    expect(weights.percentOf('search')).toBe(0);
  });

  it('stay the last known while the store is away, and say so', async () => {
    const { weights, set, store, clock } = setUp();
    await set(25);
    await weights.refresh();
    const confirmedAtMs = clock.nowMs();
    await clock.advance(10);
    const working = store.get;
    store.get = async () => {
      throw new Error('no route to host');
    };
    await weights.refresh();
    expect(weights.inForce('search')).toMatchObject({ weightPercent: 25, confirmedAtMs });
    expect(weights.awayBecause).toBe('no route to host');
    store.get = working;
    await weights.refresh();
    expect(weights.awayBecause).toBeUndefined();
  });

  it('do not wait for a store that hangs', async () => {
    const { weights, set, store, clock } = setUp();
    await set(25);
    await weights.refresh();
    store.get = () => new Promise(() => undefined);
    const refreshed = weights.refresh();
    await clock.advance(1_000);
    await refreshed;
    expect(weights.percentOf('search')).toBe(25);
    expect(weights.awayBecause).toBe('no answer within 1000 ms');
  });

  it.each([101, -1, 0.001, '25', null])('keep the last known in place of %j', async (broken) => {
    const { weights, set } = setUp();
    await set(25);
    await weights.refresh();
    await set(broken);
    await weights.refresh();
    expect(weights.percentOf('search')).toBe(25);
    expect(weights.awayBecause).toContain('is not a weight');
  });

  it('are followed at the pace of the poll, until it is stopped', async () => {
    const { weights, set, clock } = setUp();
    const stop = new AbortController();
    const polling = pollWeights({ weights, clock, pollMs: 500, signal: stop.signal });
    await clock.advance(100);
    await set(50);
    expect(weights.percentOf('search')).toBe(0);
    await clock.advance(500);
    expect(weights.percentOf('search')).toBe(50);
    stop.abort();
    await polling;
    await set(75);
    await clock.advance(5_000);
    expect(weights.percentOf('search')).toBe(50);
  });
});
