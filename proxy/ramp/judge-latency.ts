import { LATENCY_BOUNDS_MS, quantileMs, type SideReadings } from '../metrics/readings.ts';
import { logEValueAbove, logEValueBelow } from './judge-e-values.ts';
import { type Evidence, plain, weigh } from './judge-evidence.ts';
import type { RampGuards } from './ramp-plan.ts';

/**
 * Compares one percentile of both sides, at any time and as often as one likes, on histograms that can be added.
 *
 * A percentile is above x exactly when more than its complement of the requests takes longer than x, so that a
 * statement about it is one about counted exceedances (Howard and Ramdas, "Sequential estimation of quantiles
 * with applications to A/B testing and best-arm identification", Bernoulli 28(3), 2022). The control's percentile
 * is first bounded from above, then the candidate's exceedances of the limit which that gives are weighed. Both
 * bets are monotone in the counts, so that they hold for all bounds of the histogram at once, and each may fail
 * with half of `alpha`.
 *
 * It takes requests of one side as independent of each other; a user with a slow line who asks very often is not.
 */
export const judgePercentile = (options: {
  /** 0 to 100, exclusive. */
  percentile: number;
  control: SideReadings;
  candidate: SideReadings;
  guards: Pick<RampGuards, 'latencyFloorMs' | 'maxLatencyRatio'>;
  alpha: number;
}): Evidence => {
  const { percentile, control, candidate, guards } = options;
  const alpha = options.alpha / 2;
  const exceeding = 1 - percentile / 100;
  const name = `p${percentile}`;
  const boundMs = upperBoundMs(control, exceeding, alpha);
  if (boundMs === undefined) {
    return plain(
      'latency',
      'idle',
      `the control's ${control.requests} requests do not tell its ${name} well enough to compare with`,
    );
  }
  const limitMs = Math.max(guards.latencyFloorMs, boundMs * guards.maxLatencyRatio);
  const at = LATENCY_BOUNDS_MS.findIndex((bound) => bound >= limitMs);
  const reachMs = LATENCY_BOUNDS_MS[at];
  if (reachMs === undefined) return plain('latency', 'idle', `a ${name} of ${limitMs} ms is not measured`);
  const slow = slowerThan(candidate, at);
  const seenMs = quantileMs(candidate.withinBounds, percentile / 100);
  return weigh({
    guard: 'latency',
    logEValue: logEValueAbove({ hits: slow, trials: allOf(candidate), limit: exceeding }),
    alpha,
    reason:
      `${slow} of the candidate's ${allOf(candidate)} requests took over ${reachMs} ms; its ${name} is ` +
      `${seenMs ?? 'unknown'}${seenMs === undefined ? '' : ' ms'}, the control's at most ${boundMs} ms, the limit ${limitMs} ms`,
  });
};

/** The lowest bound of which it is proven that the percentile is not above it. */
const upperBoundMs = (side: SideReadings, exceeding: number, alpha: number): number | undefined =>
  LATENCY_BOUNDS_MS.find((_, at) => {
    const counts = { hits: slowerThan(side, at), trials: allOf(side), limit: exceeding };
    return logEValueBelow(counts) >= -Math.log(alpha);
  });

const allOf = ({ withinBounds }: SideReadings): number => withinBounds.at(-1) ?? 0;
const slowerThan = (side: SideReadings, at: number): number => allOf(side) - (side.withinBounds[at] ?? 0);
