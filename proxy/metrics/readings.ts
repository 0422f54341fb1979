/** What one side of a route has answered so far, as counters that only grow. */
export interface SideTotals {
  readonly requests: number;
  /** Errors that clients saw, and those that only the control's rescue hid from them. */
  readonly failures: number;
  /** Requests that took at most each bound of `LATENCY_BOUNDS_MS`, cumulative; the last entry is all of them. */
  readonly withinBounds: readonly number[];
}

/** Both sides of a route. */
export interface RouteTotals {
  readonly control: SideTotals;
  readonly candidate: SideTotals;
}

/** Upper bounds of the latency histogram; what is slower falls above them all. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000, 2_000, 5_000, 10_000, 30_000,
];

export const NO_TOTALS: SideTotals = {
  requests: 0,
  failures: 0,
  withinBounds: [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map(() => 0),
};

/** What one side did in a window. */
export interface SideReadings {
  readonly requests: number;
  readonly failures: number;
  /** The 99th percentile, as the bound of the histogram that it lies under; `undefined` without requests. */
  readonly p99Ms: number | undefined;
}

export interface Readings {
  readonly control: SideReadings;
  readonly candidate: SideReadings;
}

/**
 * What happened between two states of the counters. After a restart they start again from 0; then what they
 * hold is what is known of the window.
 */
export const readingsBetween = (before: RouteTotals, after: RouteTotals): Readings => ({
  control: sideBetween(before.control, after.control),
  candidate: sideBetween(before.candidate, after.candidate),
});

const sideBetween = (before: SideTotals, after: SideTotals): SideReadings => {
  const restarted = after.requests < before.requests || after.failures < before.failures;
  const from = restarted ? NO_TOTALS : before;
  const withinBounds = after.withinBounds.map((count, at) => count - (from.withinBounds[at] ?? 0));
  return {
    requests: after.requests - from.requests,
    failures: after.failures - from.failures,
    p99Ms: quantileMs(withinBounds, 0.99),
  };
};

/** The bound under which the given share of the observations lies: an upper estimate. */
export const quantileMs = (withinBounds: readonly number[], quantile: number): number | undefined => {
  const all = withinBounds.at(-1) ?? 0;
  if (all <= 0) return undefined;
  const at = withinBounds.findIndex((count) => count >= all * quantile);
  return LATENCY_BOUNDS_MS[at] ?? Number.POSITIVE_INFINITY;
};
