import { LATENCY_BOUNDS_MS, type RouteTotals, type SideTotals } from '../../proxy/metrics/readings.ts';

/** A side all of whose requests took so long. */
const sideTotals = (requests: number, failures = 0, ms = 50): SideTotals => ({
  requests,
  failures,
  withinBounds: [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map((bound) => (ms <= bound ? requests : 0)),
});

const failed = (requests: number, users: readonly number[]) => ({ requests, users });

/** What a route has counted whose users each asked once, under the weight that was set at `sinceMs`. */
export const routeTotals = (options: {
  candidate: number;
  /** Fingerprints of the candidate's users who failed. */
  failing?: readonly number[];
  control?: number;
  sinceMs?: number;
  weightPercent?: number;
}): RouteTotals => {
  const { candidate, failing = [], control = 0, sinceMs, weightPercent = 5 } = options;
  const window = { control: failed(control, []), candidate: failed(candidate, failing) };
  return {
    control: sideTotals(control),
    candidate: sideTotals(candidate, failing.length),
    ...(sinceMs === undefined
      ? {}
      : { firstFailures: { sinceMs, weightPercent, step: window, recent: { index: 0, ...window } } }),
    shadow: { compared: candidate, mismatched: 0 },
    saturated: 0,
  };
};
