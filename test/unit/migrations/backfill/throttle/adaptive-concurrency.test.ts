import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  AdaptiveConcurrency,
  type Level,
  nextLevel,
} from '../../../../../migrations/backfill/throttle/adaptive-concurrency.ts';

/** A sink that answers each call at some time, with whether it took it. */
type Target = (nowMs: number) => { endsAtMs: number; taken: boolean };

/** So many calls at once, each for so long; the others queue. */
const queueing = (servers: number, serviceMs: number): Target => {
  const freeAtMs = Array.from({ length: servers }, () => 0);
  return (nowMs) => {
    const first = freeAtMs.indexOf(Math.min(...freeAtMs));
    const endsAtMs = Math.max(nowMs, freeAtMs[first] ?? 0) + serviceMs;
    freeAtMs[first] = endsAtMs;
    return { endsAtMs, taken: true };
  };
};

/** So many calls a second, saved up for one; the others are refused. */
const limited = (perSecond: number, latencyMs: number): Target => {
  const most = Math.max(4, perSecond);
  let tokens = most;
  let atMs = 0;
  return (nowMs) => {
    tokens = Math.min(most, tokens + ((nowMs - atMs) * perSecond) / 1_000);
    atMs = nowMs;
    const taken = tokens >= 1;
    if (taken) tokens -= 1;
    return { endsAtMs: nowMs + latencyMs, taken };
  };
};

/** What comes through a second in the second half, and how much of all calls was refused. */
const simulate = (target: Target, concurrency: AdaptiveConcurrency, forMs: number) => {
  /** Those that end first come last. */
  const calls: { endsAtMs: number; beganAtMs: number; taken: boolean }[] = [];
  let [nowMs, taken, refused] = [0, 0, 0];
  while (nowMs < forMs) {
    while (concurrency.hasRoom()) {
      concurrency.begin();
      const begun = { beganAtMs: nowMs, ...target(nowMs) };
      const earlier = calls.findIndex(({ endsAtMs }) => endsAtMs < begun.endsAtMs);
      calls.splice(earlier < 0 ? calls.length : earlier, 0, begun);
    }
    const call = calls.pop();
    if (!call) throw new Error('nothing is under way');
    nowMs = call.endsAtMs;
    if (!call.taken) concurrency.busy();
    concurrency.end(call.taken ? nowMs - call.beganAtMs : undefined);
    if (nowMs < forMs / 2) continue;
    if (call.taken) taken += 1;
    else refused += 1;
  }
  for (const _ of calls) concurrency.end();
  return { perSecond: taken / (forMs / 2_000), refusedShare: refused / Math.max(1, refused + taken) };
};

const CEILING = 64;

describe('adaptive concurrency', () => {
  it('finds nine tenths of what a sink that queues can do, without a tuned number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 2, max: 300 }), (servers, serviceMs) => {
        const concurrency = new AdaptiveConcurrency({ floor: 1, ceiling: CEILING });
        const { perSecond } = simulate(queueing(servers, serviceMs), concurrency, serviceMs * 400);
        expect(perSecond).toBeGreaterThanOrEqual(0.9 * (servers / serviceMs) * 1_000);
      }),
      { numRuns: 100 },
    );
  });

  it('does not pile up work at a sink that queues', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 2, max: 300 }), (servers, serviceMs) => {
        const concurrency = new AdaptiveConcurrency({ floor: 1, ceiling: 1_000 });
        simulate(queueing(servers, serviceMs), concurrency, serviceMs * 600);
        expect(concurrency.limit).toBeLessThanOrEqual(4 * servers + 2);
      }),
      { numRuns: 50 },
    );
  });

  it('finds nine tenths of what a sink grants that refuses the rest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 2_000 }), fc.integer({ min: 2, max: 300 }), (rate, latencyMs) => {
        fc.pre((rate * latencyMs) / 1_000 <= CEILING);
        const concurrency = new AdaptiveConcurrency({ floor: 1, ceiling: CEILING });
        const forMs = Math.max(400 * latencyMs, 200_000 / rate, 20_000);
        const { perSecond, refusedShare } = simulate(limited(rate, latencyMs), concurrency, forMs);
        expect(perSecond).toBeGreaterThanOrEqual(0.9 * rate);
        // With a handful of calls at once, one more or less is much; below one there is nothing to lower.
        const atOnce = (rate * latencyMs) / 1_000;
        if (atOnce >= 2) expect(refusedShare).toBeLessThan(atOnce < 16 ? 0.35 : 0.12);
      }),
      { numRuns: 100 },
    );
  });

  it('finds a sink that grants more, or less, than before', () => {
    const concurrency = new AdaptiveConcurrency({ floor: 1, ceiling: CEILING });
    for (const rate of [400, 40, 300]) {
      const { perSecond } = simulate(limited(rate, 50), concurrency, 60_000);
      expect(perSecond).toBeGreaterThanOrEqual(0.9 * rate);
    }
  });

  it('stays between floor and ceiling, whatever happens', () => {
    const round = fc.record({
      busy: fc.integer({ min: 0, max: 3 }),
      meanMs: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
      full: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(round, { maxLength: 60 }), (rounds) => {
        const range = { floor: 3, ceiling: 9 };
        let level: Level = { limit: 3, fastestMs: undefined, starting: true };
        for (const one of rounds) {
          level = nextLevel(level, one, range);
          expect(level.limit).toBeGreaterThanOrEqual(3);
          expect(level.limit).toBeLessThanOrEqual(9);
        }
      }),
    );
  });

  it('says why it is low, and no longer once it grows', () => {
    const concurrency = new AdaptiveConcurrency({ floor: 1, ceiling: 8 });
    const round = (busy: boolean) => {
      for (let call = concurrency.limit; call > 0; call--) concurrency.begin();
      concurrency.hasRoom();
      if (busy) concurrency.busy();
      for (let call = concurrency.underWay; call > 0; call--) concurrency.end(10);
    };
    for (let i = 0; i < 20; i++) round(false);
    expect(concurrency).toMatchObject({ limit: 8, reason: undefined });
    round(true);
    expect(concurrency.reason).toBe('the sink says that it is too busy: 8 batches at once');
    round(false);
    expect(concurrency.reason).toBeUndefined();
  });

  it('grows only while batches wait for their turn', () => {
    const concurrency = new AdaptiveConcurrency({ floor: 1, ceiling: 8 });
    for (let call = 0; call < 100; call++) {
      concurrency.begin();
      concurrency.end(10);
    }
    expect(concurrency.limit).toBe(1);
  });

  it('obeys another range at once', () => {
    const concurrency = new AdaptiveConcurrency({ floor: 1, ceiling: 8 });
    concurrency.setRange({ floor: 20, ceiling: 30 });
    expect(concurrency.limit).toBe(20);
    concurrency.setRange({ floor: 1, ceiling: 2 });
    expect(concurrency.limit).toBe(2);
  });
});
