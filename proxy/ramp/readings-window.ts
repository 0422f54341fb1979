import type { Clock } from '../../services/core/index.ts';
import { type Readings, type RouteTotals, readingsBetween } from '../metrics/readings.ts';

/** Reads the counters of a route, summed over whatever serves it; `undefined` when it serves no such route. */
export type ReadTotals = (route: string) => Promise<RouteTotals | undefined>;

/** What both sides did since a dial was turned. */
export interface ReadingsSource {
  since(route: string, sinceMs: number): Promise<Readings>;
}

const NOTHING: Readings = {
  control: { requests: 0, failures: 0, p99Ms: undefined },
  candidate: { requests: 0, failures: 0, p99Ms: undefined },
};

/**
 * Turns counters into windows. The counters as they stood once every instance had followed the dial are the
 * window's start; whoever begins in the middle of a step starts its window there, and waits longer for its
 * sample: a restart delays a decision and never hurries one.
 */
export class ReadingsWindow implements ReadingsSource {
  readonly #read: ReadTotals;
  readonly #clock: Clock;
  readonly #settleMs: number;
  readonly #starts = new Map<string, { sinceMs: number; totals: RouteTotals }>();

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

  async since(route: string, sinceMs: number): Promise<Readings> {
    if (this.#clock.nowMs() < sinceMs + this.#settleMs) return NOTHING;
    const totals = await this.#read(route);
    if (!totals) return NOTHING;
    const start = this.#starts.get(route);
    if (start?.sinceMs === sinceMs) return readingsBetween(start.totals, totals);
    this.#starts.set(route, { sinceMs, totals });
    return NOTHING;
  }
}
