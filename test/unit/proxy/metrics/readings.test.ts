import { describe, expect, it } from '@jest/globals';
import {
  LATENCY_BOUNDS_MS,
  NO_TOTALS,
  quantileMs,
  readingsBetween,
  type SideTotals,
} from '../../../../proxy/metrics/readings.ts';

/** Totals of requests that each took so many milliseconds. */
const took = (durationsMs: readonly number[], failures = 0): SideTotals => ({
  requests: durationsMs.length,
  failures,
  withinBounds: [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map(
    (bound) => durationsMs.filter((ms) => ms <= bound).length,
  ),
});

describe('readingsBetween', () => {
  it('are what happened between two states of the counters', () => {
    const before = { control: took([1, 1]), candidate: took([5_000], 1) };
    const after = { control: took([1, 1, 9]), candidate: took([5_000, 40, 45], 2) };
    expect(readingsBetween(before, after)).toEqual({
      control: { requests: 1, failures: 0, p99Ms: 10 },
      candidate: { requests: 2, failures: 1, p99Ms: 50 },
    });
  });

  it('are what is left of a window in which the counters started again', () => {
    const before = { control: took([1, 1, 1]), candidate: took([]) };
    const after = { control: took([2]), candidate: took([]) };
    expect(readingsBetween(before, after).control).toEqual({ requests: 1, failures: 0, p99Ms: 2 });
  });
});

describe('quantileMs', () => {
  it('is the bound under which the share lies', () => {
    const durations = [...new Array<number>(98).fill(4), 180, 999];
    expect(quantileMs(took(durations).withinBounds, 0.5)).toBe(5);
    expect(quantileMs(took(durations).withinBounds, 0.99)).toBe(200);
    expect(quantileMs(took(durations).withinBounds, 1)).toBe(1_000);
  });

  it('is none of nothing, and endless above the last bound', () => {
    expect(quantileMs(NO_TOTALS.withinBounds, 0.99)).toBeUndefined();
    expect(quantileMs(took([99_999]).withinBounds, 0.99)).toBe(Number.POSITIVE_INFINITY);
  });
});
