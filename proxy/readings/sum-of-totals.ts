import { type FirstFailuresTotals, sumOfFirstFailures } from '../metrics/first-failures.ts';
import type { RouteTotals, SideTotals } from '../metrics/readings.ts';

/** Two instances' counters of a route as one; of one alone, its own. */
export const sumOfTotals = (
  a: RouteTotals | undefined,
  b: RouteTotals | undefined,
): RouteTotals | undefined => {
  if (!a || !b) return a ?? b;
  return { ...combined(a, b, 1), ...kept(sumOfFirstFailures(a.firstFailures, b.firstFailures)) };
};

/**
 * What an instance has counted since its counters stood at `before`. Who had failed by then is still among those
 * who failed: a user who is counted twice is one.
 */
export const totalsSince = (now: RouteTotals, before: RouteTotals | undefined): RouteTotals =>
  before
    ? { ...combined(now, before, -1), ...kept(failuresSince(now.firstFailures, before.firstFailures)) }
    : now;

const combined = (a: RouteTotals, b: RouteTotals, sign: 1 | -1): RouteTotals => ({
  control: sidesCombined(a.control, b.control, sign),
  candidate: sidesCombined(a.candidate, b.candidate, sign),
  shadow: {
    compared: a.shadow.compared + sign * b.shadow.compared,
    mismatched: a.shadow.mismatched + sign * b.shadow.mismatched,
  },
  saturated: a.saturated + sign * b.saturated,
});

const sidesCombined = (a: SideTotals, b: SideTotals, sign: 1 | -1): SideTotals => ({
  requests: a.requests + sign * b.requests,
  failures: a.failures + sign * b.failures,
  withinBounds: a.withinBounds.map((count, at) => count + sign * (b.withinBounds[at] ?? 0)),
});

const kept = (firstFailures: FirstFailuresTotals | undefined) => (firstFailures ? { firstFailures } : {});

const failuresSince = (
  now: FirstFailuresTotals | undefined,
  before: FirstFailuresTotals | undefined,
): FirstFailuresTotals | undefined => {
  if (!now || now.sinceMs !== before?.sinceMs) return now;
  const requestsSince = <S extends FirstFailuresTotals['step']>(sides: S, earlier: S): S => ({
    ...sides,
    control: { ...sides.control, requests: sides.control.requests - earlier.control.requests },
    candidate: { ...sides.candidate, requests: sides.candidate.requests - earlier.candidate.requests },
  });
  return {
    ...now,
    step: requestsSince(now.step, before.step),
    recent: now.recent.index === before.recent.index ? requestsSince(now.recent, before.recent) : now.recent,
  };
};
