import { Gauge, type Registry } from 'prom-client';
import type { BreakerState } from '../forwarding/breaker.ts';
import type { WeightInForce } from '../routing/weights.ts';
import type { ShadowTotals } from './readings.ts';

/** What the gauges read when they are scraped. */
export interface Gauged {
  readonly routes: readonly string[];
  /** The routes, and cohorts of them that have a weight of their own. */
  dials(): readonly string[];
  inForce(route: string): WeightInForce;
  breakerOf(route: string): BreakerState;
  /** How many users stay with the control since the candidate failed them. */
  rescuedUsers(route: string): number;
  shadowOf(route: string): ShadowTotals;
  storeAway(): boolean;
  nowMs(): number;
  /** Counts what has ended and was not counted yet. */
  settle(): void;
}

const BREAKER_VALUES: { readonly [state in BreakerState]: number } = { closed: 0, 'half-open': 1, open: 2 };

/** Makes the gauges, which are read when somebody scrapes them. */
export const registerGauges = (registry: Registry, gauged: Gauged): void => {
  const gauge = (
    name: string,
    help: string,
    read: (route: string) => number,
    labels: () => readonly string[] = () => gauged.routes,
  ) => {
    const made = new Gauge({
      name,
      help,
      labelNames: ['route'] as const,
      registers: [registry],
      // Of several workers, the one that is worst off.
      aggregator: 'max',
      collect: () => {
        made.reset();
        for (const route of labels()) made.set({ route }, read(route));
      },
    });
  };
  gauge(
    'banyan_proxy_weight_percent',
    'The weight in force.',
    (route) => gauged.inForce(route).weightPercent,
    () => gauged.dials(),
  );
  gauge(
    'banyan_proxy_weight_age_seconds',
    'Since the control store last confirmed the weight.',
    (route) => {
      const { confirmedAtMs } = gauged.inForce(route);
      return confirmedAtMs === undefined ? Number.NaN : (gauged.nowMs() - confirmedAtMs) / 1000;
    },
    () => gauged.dials(),
  );
  gauge(
    'banyan_proxy_breaker_state',
    'The candidate: 0 is asked, 1 is tried, 2 is left alone.',
    (route) => BREAKER_VALUES[gauged.breakerOf(route)],
  );
  gauge(
    'banyan_proxy_rescued_users',
    'Users whom this instance keeps at the control since the candidate has failed them.',
    (route) => gauged.rescuedUsers(route),
  );
  const away: Gauge = new Gauge({
    name: 'banyan_proxy_store_away',
    help: '1 while the control store does not answer and the last known weights are in force.',
    registers: [registry],
    aggregator: 'max',
    collect: () => away.set(gauged.storeAway() ? 1 : 0),
  });
};
