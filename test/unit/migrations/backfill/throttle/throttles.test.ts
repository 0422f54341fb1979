import { describe, expect, it } from '@jest/globals';
import { OperatorThrottle } from '../../../../../migrations/backfill/throttle/operator.ts';
import { parseRate, rateText } from '../../../../../migrations/backfill/throttle/rate.ts';
import {
  overload,
  type SourceLoad,
  SourceThrottle,
} from '../../../../../migrations/backfill/throttle/source-load.ts';
import { StreamLagThrottle } from '../../../../../migrations/backfill/throttle/stream-lag.ts';
import { type Throttle, tightest } from '../../../../../migrations/backfill/throttle/throttle.ts';
import { parseTimeWindow, TimeWindows } from '../../../../../migrations/backfill/throttle/time-windows.ts';
import { VirtualClock } from '../../../../../services/core/index.ts';

const limits = { replicationLagMs: 10_000, connectionsShare: 0.9, queuedOperations: 100, readP99Ms: 1_000 };
const batch = { documents: 10, heldBytes: 0, bytes: () => 1_000, writeUnits: () => 20 };

describe('several throttles', () => {
  const saying = (ms: number, reason: string): Throttle => ({ delay: () => ({ ms, reason }) });

  it('give way to the one with the longest delay', () => {
    const none: Throttle = { delay: () => undefined };
    expect(tightest([none], 0)).toBeUndefined();
    expect(tightest([saying(5, 'a'), none, saying(9, 'b'), saying(7, 'c')], 0)).toEqual({
      ms: 9,
      reason: 'b',
    });
  });
});

describe('a rate', () => {
  it.each([
    ['500', 500, 'documents'],
    ['0.5', 0.5, 'documents'],
    ['5MB', 5_000_000, 'bytes'],
    ['64 kB', 64_000, 'bytes'],
    ['200wu', 200, 'write units'],
  ])('%s is %d %s a second', (text, perSecond, unit) => {
    expect(parseRate(text)).toEqual({ perSecond, unit });
  });

  it.each(['', '0', '-5', 'fast', '5 users', '5GBit'])('is not %p', (text) => {
    expect(() => parseRate(text)).toThrow('a rate is a number above 0');
  });

  it('is said in words', () => {
    expect(rateText({ perSecond: 200, unit: 'write units' })).toBe('200 write units a second');
  });
});

describe('time windows', () => {
  const at = (time: string) => Date.parse(`2026-03-01T${time}Z`);
  const night = new TimeWindows([parseTimeWindow('22:00-06:00'), parseTimeWindow('12:00-13:00')]);

  it.each([['22:00:00'], ['23:59:59'], ['00:00:00'], ['05:59:59'], ['12:30:00']])(
    'are open at %s',
    (time) => {
      expect(night.delay(at(time))).toBeUndefined();
    },
  );

  it.each([
    ['06:00:00', 6 * 3_600_000],
    ['13:00:00', 9 * 3_600_000],
    ['21:59:59', 1_000],
  ])('wait at %s until the next one opens', (time, ms) => {
    const delay = night.delay(at(time));
    expect(delay?.reason).toBe('only between 22:00-06:00, 12:00-13:00 UTC');
    expect(Math.round(delay?.ms ?? 0)).toBe(ms);
  });

  it('of two equal times are never closed', () => {
    expect(new TimeWindows([parseTimeWindow('00:00-00:00')]).delay(at('17:00:00'))).toBeUndefined();
  });

  it.each(['22-06', '24:00-06:00', '22:00', '22:60-06:00'])('are not %p', (text) => {
    expect(() => parseTimeWindow(text)).toThrow('in UTC');
  });
});

describe('the source', () => {
  it.each([
    [{}, undefined],
    [{ replicationLagMs: 10_000, connectionsShare: 0.9, queuedOperations: 100, readP99Ms: 1_000 }, undefined],
    [{ replicationLagMs: 12_340 }, "the source's secondaries are 12.3 s behind (at most 10 s)"],
    [{ queuedOperations: 101 }, '101 operations queue at the source (at most 100)'],
    [{ connectionsShare: 0.95 }, "95 % of the source's connections are taken (at most 90 %)"],
    [{ readP99Ms: 1_500 }, '1 of 100 reads of the source takes over 1500 ms (at most 1000 ms)'],
  ])('that says %j is a reason to wait: %s', (load, reason) => {
    expect(overload(load, limits)).toBe(reason);
  });

  it('is asked again and again: a copy waits while it is busy, and no longer', async () => {
    const loads: SourceLoad[] = [{ queuedOperations: 500 }, {}];
    const read = async () => loads.shift() ?? {};
    const throttle = new SourceThrottle({ read, limits, clock: new VirtualClock() });
    expect(throttle.delay()).toBeUndefined();
    await throttle.refresh();
    expect(throttle.delay()?.reason).toContain('500 operations queue');
    await throttle.refresh();
    expect(throttle.delay()).toBeUndefined();
  });

  it('is judged by how long our own reads of the last ten seconds took', async () => {
    const clock = new VirtualClock();
    const throttle = new SourceThrottle({ read: async () => ({}), limits, clock });
    for (let i = 0; i < 98; i++) throttle.observeRead(10);
    throttle.observeRead(5_000);
    await throttle.refresh();
    expect(throttle.delay()).toMatchObject({ reason: expect.stringContaining('takes over 5000 ms') });
    await clock.advance(10_000);
    await throttle.refresh();
    expect(throttle.delay()).toBeUndefined();
  });

  it('that does not answer is a reason to wait', async () => {
    const read = () => Promise.reject(new Error('gone'));
    const throttle = new SourceThrottle({ read, limits, clock: new VirtualClock() });
    await throttle.refresh();
    expect(throttle.delay()?.reason).toBe('the source does not say how busy it is: gone');
  });
});

describe('the stream', () => {
  it('is waited for while it is behind, or does not say', async () => {
    const lags = [4_000, 6_000, Number.NaN];
    const readMs = async () => {
      const lag = lags.shift();
      if (lag === undefined) throw new Error('no outbox');
      return lag;
    };
    const throttle = new StreamLagThrottle({ readMs, maxMs: 5_000 });
    await throttle.refresh();
    expect(throttle.delay()).toBeUndefined();
    await throttle.refresh();
    expect(throttle.delay()?.reason).toBe('the stream is 6 s behind (at most 5 s)');
    await throttle.refresh();
    expect(throttle.delay()?.reason).toContain('behind');
    await throttle.refresh();
    expect(throttle.delay()?.reason).toBe("the stream's lag cannot be read: no outbox");
  });
});

describe('an operator', () => {
  const signed = { by: 'ann', atMs: Date.parse('2026-03-01T12:00:00Z') };

  it('pauses everything', () => {
    const throttle = new OperatorThrottle();
    throttle.obey({ paused: signed }, 1);
    expect(throttle.delay(0)?.reason).toBe('paused by ann since 2026-03-01T12:00:00.000Z');
    throttle.obey({}, 1);
    expect(throttle.delay(0)).toBeUndefined();
  });

  it('allows a rate, of which every worker takes its share', () => {
    const throttle = new OperatorThrottle();
    throttle.obey({ rate: { perSecond: 10, unit: 'documents', ...signed } }, 2);
    throttle.admitted(batch, 0);
    expect(throttle.delay(0)).toEqual({
      ms: 2_000,
      reason: 'ann allows 10 documents a second over 2 workers',
    });
    throttle.obey({ rate: { perSecond: 10, unit: 'documents', ...signed } }, 2);
    expect(throttle.delay(0)).toMatchObject({ ms: 2_000 });
  });
});
