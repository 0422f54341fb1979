import type { Clock } from '../../services/core/index.ts';
import { recentFirstFailures, recentIndex } from '../metrics/first-failures.ts';
import { NO_READINGS, type Readings, type RouteTotals, readingsBetween } from '../metrics/readings.ts';

/** Reads the counters of a route, summed over whatever serves it; `undefined` when it serves no such route. */
export type ReadTotals = (route: string) => Promise<RouteTotals | undefined>;

/** What both sides did in the last of the short windows that a step is cut into. */
export interface RecentReadings extends Readings {
  /** Which window it is: the first since the dial was turned is 0. */
  readonly index: number;
}

/** What both sides did since a dial was turned. */
export interface StepReadings extends Readings {
  /** Absent while it is the same as the step. */
  readonly recent?: RecentReadings;
}

export interface ReadingsSource {
  since(route: string, sinceMs: number): Promise<StepReadings>;
}

interface Start {
  readonly sinceMs: number;
  readonly totals: RouteTotals;
  readonly recent: { readonly index: number; readonly totals: RouteTotals };
}

/**
 * Turns counters into windows. The counters as they stood once every instance had followed the dial are the
 * step's start; whoever begins in the middle of a step starts there, and waits longer for its sample: a restart
 * delays a decision and never hurries one.
 */
export class ReadingsWindow implements ReadingsSource {
  readonly #read: ReadTotals;
  readonly #clock: Clock;
  readonly #settleMs: number;
  readonly #starts = new Map<string, Start>();

  constructor(options: {
    read: ReadTotals;
    clock: Clock;
    /** How long the instances may take to follow the dial: what they count before belongs to the last step. */
    settleMs: number;
  }) {
    this.#read = options.read;
    this.#clock = options.clock;
    this.#settleMs = options.settleMs;
  }

  async since(route: string, sinceMs: number): Promise<StepReadings> {
    const nowMs = this.#clock.nowMs();
    if (nowMs < sinceMs + this.#settleMs) return NO_READINGS;
    const totals = await this.#read(route);
    if (!totals) return NO_READINGS;
    const index = recentIndex(sinceMs, nowMs);
    const known = this.#starts.get(route);
    if (known?.sinceMs !== sinceMs) {
      this.#starts.set(route, { sinceMs, totals, recent: { index, totals } });
      return NO_READINGS;
    }
    const start = known.recent.index === index ? known : { ...known, recent: { index, totals } };
    this.#starts.set(route, start);
    const step = readingsBetween(start.totals, totals);
    return index === 0 ? step : { ...step, recent: recentOf(start.recent, totals) };
  }
}

const recentOf = (from: Start['recent'], totals: RouteTotals): RecentReadings => {
  const { firstFailures: _, ...readings } = readingsBetween(from.totals, totals);
  const { firstFailures } = totals;
  // A count of another window, by a clock that is behind or ahead, would be looked at twice.
  const sameWindow = firstFailures?.recent.index === from.index ? firstFailures : undefined;
  return {
    index: from.index,
    ...readings,
    ...(sameWindow ? { firstFailures: recentFirstFailures(sameWindow) } : {}),
  };
};
