import { describe, expect, it } from '@jest/globals';
import type { Readings } from '../../../../../proxy/admin/dashboard/api.js';
import { TrafficHistory, trafficBetween } from '../../../../../proxy/admin/dashboard/traffic-window.js';

const latencyBoundsMs = [10, 100];
/** Counters of one side: so many within 10 ms, within 100 ms, and in all. */
const side = (failures: number, withinBounds: [number, number, number]) => ({
  requests: withinBounds[2],
  failures,
  withinBounds,
});
const reading = (
  atMs: number,
  control: ReturnType<typeof side>,
  candidate = side(0, [0, 0, 0]),
): Readings => ({
  ...{ dial: 'proxy', route: 'profiles', atMs, instances: [], behind: [], silent: [], latencyBoundsMs },
  step: null,
  totals: { control, candidate, shadow: { compared: 0, mismatched: 0 }, saturated: 0 },
});

describe('what both sides did between two readings', () => {
  it('is the difference of their counters, by the second', () => {
    const before = reading(1_000, side(1, [10, 10, 10]), side(0, [0, 0, 0]));
    const after = reading(3_000, side(1, [40, 40, 40]), side(2, [5, 9, 10]));
    expect(trafficBetween(before, after)).toEqual({
      ...{ atMs: 3_000, spanMs: 2_000, sharePercent: 25 },
      control: { requests: 30, perSecond: 15, errorPercent: 0, p50Ms: 10, p99Ms: 10 },
      candidate: {
        ...{ requests: 10, perSecond: 5, errorPercent: 20 },
        ...{ p50Ms: 10, p99Ms: Number.POSITIVE_INFINITY },
      },
    });
  });

  it('is no share, no errors and no latency of what nobody asked', () => {
    const idle = side(3, [7, 7, 7]);
    expect(trafficBetween(reading(0, idle), reading(2_000, idle))).toMatchObject({
      sharePercent: null,
      control: { perSecond: 0, errorPercent: null, p50Ms: null, p99Ms: null },
    });
  });

  it('is unknown when counters began anew, or nobody counts', () => {
    const [more, less] = [reading(0, side(0, [9, 9, 9])), reading(2_000, side(0, [1, 1, 1]))];
    expect(trafficBetween(more, less)).toBeUndefined();
    expect(trafficBetween({ ...more, totals: null }, less)).toBeUndefined();
  });
});

describe('the readings of a route as they come', () => {
  const steady = (history: TrafficHistory, fromMs: number, untilMs: number) => {
    for (let atMs = fromMs; atMs <= untilMs; atMs += 2_000)
      history.add(reading(atMs, side(0, [atMs / 100, atMs / 100, atMs / 100])));
  };

  it('are shown over the last ten seconds, from the second reading on', () => {
    const history = new TrafficHistory(600_000);
    steady(history, 0, 0);
    expect(history.points).toEqual([]);
    steady(history, 2_000, 30_000);
    expect(history.points.map(({ spanMs }) => spanMs).slice(0, 6)).toEqual([
      2_000, 4_000, 6_000, 8_000, 10_000, 10_000,
    ]);
    expect(history.points.at(-1)?.control.perSecond).toBe(10);
  });

  it('are compared with none from before a restart, and forgotten when they are old', () => {
    const history = new TrafficHistory(20_000);
    steady(history, 0, 40_000);
    expect(history.points.map(({ atMs }) => atMs).at(0)).toBe(20_000);
    history.add(reading(42_000, side(0, [1, 1, 1])));
    expect(history.points.at(-1)?.atMs).toBe(40_000);
    history.add(reading(44_000, side(0, [3, 3, 3])));
    expect(history.points.at(-1)).toMatchObject({ spanMs: 2_000, control: { requests: 2 } });
  });

  it('are counted once, however often the same one is read', () => {
    const history = new TrafficHistory(600_000);
    steady(history, 0, 4_000);
    steady(history, 4_000, 4_000);
    expect(history.points).toHaveLength(2);
  });
});
