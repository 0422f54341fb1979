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

const REST = { shadow: { compared: 0, mismatched: 0 }, saturated: 0 };

describe('readingsBetween', () => {
  it('are what happened between two states of the counters', () => {
    const before = {
      control: took([1, 1]),
      candidate: took([5_000], 1),
      shadow: { compared: 10, mismatched: 1 },
      saturated: 2,
    };
    const after = {
      control: took([1, 1, 9]),
      candidate: took([5_000, 40, 45], 2),
      shadow: { compared: 30, mismatched: 4 },
      saturated: 5,
    };
    expect(readingsBetween(before, after)).toEqual({
      control: took([9]),
      candidate: took([40, 45], 1),
      shadow: { compared: 20, mismatched: 3 },
      saturated: 3,
    });
  });

  it('are what is left of a window in which the counters started again', () => {
    const before = { control: took([1, 1, 1]), candidate: took([]), ...REST, saturated: 9 };
    const after = { control: took([2]), candidate: took([]), ...REST, saturated: 1 };
    expect(readingsBetween(before, after)).toMatchObject({ control: took([2]), saturated: 1 });
  });

  it('are the users who had not failed before', () => {
    const totals = (requests: number, users: number[], sinceMs = 7) => {
      const side = { requests, users };
      const step = { control: side, candidate: { requests: 0, users: [] } };
      const firstFailures = { sinceMs, weightPercent: 5, step, recent: { ...step, index: 0 } };
      return { control: took([]), candidate: took([]), ...REST, firstFailures };
    };
    const control = (before: ReturnType<typeof totals>, after: ReturnType<typeof totals>) =>
      readingsBetween(before, after).firstFailures?.control;
    expect(control(totals(10, [1, 2]), totals(25, [1, 2, 3]))).toEqual({ requests: 15, users: 1 });
    expect(control(totals(10, [1, 2], 6), totals(25, [1, 2, 3]))).toEqual({ requests: 25, users: 3 });
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
