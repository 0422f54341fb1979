import { NO_READINGS, type RouteTotals } from '../metrics/readings.ts';
import type { ReadingsSource, StepReadings } from './step-readings.ts';

/** What is known of a route at one moment, over all that serve it. */
export interface RouteReading {
  /** What both sides did since the dial was set, of a source that counts by time; in place of `totals`. */
  readonly step?: StepReadings;
  /** Everything that was ever counted, by whoever served the route, running or gone; `undefined` when nobody has. */
  readonly totals: RouteTotals | undefined;
  /** Who serves the route now and is heard of. */
  readonly instances: readonly string[];
  /** Those of them that do not serve the weight yet that the dial shows. */
  readonly behind: readonly string[];
  /** Who ought to be heard of and is not: what they serve, and how it goes, is unknown (law 9). */
  readonly silent: readonly { readonly name: string; readonly silentMs: number }[];
}

/** Reads what serves a route: the proxies' own reports, or whatever else counts. */
export interface RouteReadings {
  /** Looks once, at everything; `read` answers from that look. */
  refresh(): Promise<void>;
  /** `setAtMs`: when the dial was set, by which instances are told that follow it from those that do not. */
  read(route: string, setAtMs: number | undefined): Promise<RouteReading>;
  /** Lets go of what is gone for good; answers its names. */
  retireGone(): Promise<readonly string[]>;
}

/** Readings by time, such as a load balancer's, as a ramp reads them: one that never is silent, and follows at once. */
export const readingsByTime = (name: string, source: ReadingsSource): RouteReadings => ({
  refresh: async () => {},
  read: async (route, setAtMs) => ({
    step: setAtMs === undefined ? NO_READINGS : await source.since(route, setAtMs),
    totals: undefined,
    instances: [name],
    behind: [],
    silent: [],
  }),
  retireGone: async () => [],
});
