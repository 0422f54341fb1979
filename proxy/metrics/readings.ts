import { type FirstFailures, type FirstFailuresTotals, firstFailuresBetween } from './first-failures.ts';

/** What one side of a route has answered so far, as counters that only grow. */
export interface SideTotals {
  readonly requests: number;
  /** Errors that clients saw, and those that only the control's rescue hid from them. */
  readonly failures: number;
  /** Requests that took at most each bound of `LATENCY_BOUNDS_MS`, cumulative; the last entry is all of them. */
  readonly withinBounds: readonly number[];
}

/** Answers of both sides to the same request: how many were compared, and how many differed. */
export interface ShadowTotals {
  readonly compared: number;
  readonly mismatched: number;
}

/** What a route did so far. Totals of several proxies can be summed. */
export interface RouteTotals {
  readonly control: SideTotals;
  readonly candidate: SideTotals;
  /** Absent until a request was answered under a weight that somebody set. */
  readonly firstFailures?: FirstFailuresTotals;
  readonly shadow: ShadowTotals;
  /** Requests of the candidate that found all of its connections in use. */
  readonly saturated: number;
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

/** What one side did in a window; the histogram's last entry is all that were timed. */
export type SideReadings = SideTotals;

/** What a route did in a window. */
export interface Readings {
  readonly control: SideReadings;
  readonly candidate: SideReadings;
  /** Who failed for the first time; absent when nobody has counted. */
  readonly firstFailures?: FirstFailures;
  readonly shadow: ShadowTotals;
  readonly saturated: number;
}

/** A window in which nothing happened. */
export const NO_READINGS: Readings = {
  control: NO_TOTALS,
  candidate: NO_TOTALS,
  shadow: { compared: 0, mismatched: 0 },
  saturated: 0,
};

/**
 * What happened between two states of the counters. After a restart they start again from 0; then what they
 * hold is what is known of the window.
 */
export const readingsBetween = (before: RouteTotals, after: RouteTotals): Readings => {
  const { compared, mismatched } = before.shadow;
  return {
    control: sideBetween(before.control, after.control),
    candidate: sideBetween(before.candidate, after.candidate),
    ...(after.firstFailures
      ? { firstFailures: firstFailuresBetween(before.firstFailures, after.firstFailures) }
      : {}),
    shadow: {
      compared: grownSince(compared, after.shadow.compared),
      mismatched: grownSince(after.shadow.compared < compared ? 0 : mismatched, after.shadow.mismatched),
    },
    saturated: grownSince(before.saturated, after.saturated),
  };
};

const grownSince = (before: number, after: number): number => (after < before ? after : after - before);

const sideBetween = (before: SideTotals, after: SideTotals): SideReadings => {
  const restarted = after.requests < before.requests || after.failures < before.failures;
  const from = restarted ? NO_TOTALS : before;
  return {
    requests: after.requests - from.requests,
    failures: after.failures - from.failures,
    withinBounds: after.withinBounds.map((count, at) => count - (from.withinBounds[at] ?? 0)),
  };
};

/** The bound under which the given share of the observations lies: an upper estimate. */
export const quantileMs = (withinBounds: readonly number[], quantile: number): number | undefined => {
  const all = withinBounds.at(-1) ?? 0;
  if (all <= 0) return undefined;
  const at = withinBounds.findIndex((count) => count >= all * quantile);
  return LATENCY_BOUNDS_MS[at] ?? Number.POSITIVE_INFINITY;
};
