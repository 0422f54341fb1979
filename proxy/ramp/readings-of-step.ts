import { firstFailuresBetween, recentFirstFailures } from '../metrics/first-failures.ts';
import { NO_TOTALS, type RouteTotals, readingsBetween } from '../metrics/readings.ts';
import type { Counters } from './ramp.ts';
import type { StepReadings } from './step-readings.ts';

/** The counters of a route that nobody has asked for anything. */
const NO_COUNTERS: Counters = {
  control: NO_TOTALS,
  candidate: NO_TOTALS,
  shadow: { compared: 0, mismatched: 0 },
  saturated: 0,
};

export const countersOf = (totals: RouteTotals | undefined): Counters => {
  if (!totals) return NO_COUNTERS;
  const { firstFailures: _, ...counters } = totals;
  return counters;
};

/**
 * What both sides did in a step: the counters since its start, and everybody who failed first under the weight
 * that was set at `setAtMs`; those of another weight prove nothing about this one.
 */
export const readingsOfStep = (options: {
  /** `null` while some instances serve another weight: then only who failed under this one is known. */
  start: Counters | null;
  recent: { readonly index: number; readonly start: Counters } | null;
  totals: RouteTotals | undefined;
  setAtMs: number | undefined;
}): StepReadings => {
  const { recent } = options;
  const now = countersOf(options.totals);
  const counted = options.totals?.firstFailures;
  const firstFailures = counted && counted.sinceMs === options.setAtMs ? counted : undefined;
  const step = {
    ...readingsBetween(options.start ?? now, now),
    ...(firstFailures ? { firstFailures: firstFailuresBetween(undefined, firstFailures) } : {}),
  };
  if (!recent || recent.index === 0) return step;
  const sameWindow = firstFailures?.recent.index === recent.index ? firstFailures : undefined;
  return {
    ...step,
    recent: {
      index: recent.index,
      ...readingsBetween(recent.start, now),
      // A count of another window, by a clock that is behind or ahead, would be looked at twice.
      ...(sameWindow ? { firstFailures: recentFirstFailures(sameWindow) } : {}),
    },
  };
};
