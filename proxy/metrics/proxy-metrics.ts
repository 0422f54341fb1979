import { Counter, Histogram, Registry } from 'prom-client';
import type { Exchange, Outcome } from '../exchange.ts';
import { maxPackedUsers } from '../readings/packed-totals.ts';
import { isSteered, type Side, type Why } from '../routing/canary-router.ts';
import type { ShadowResult } from '../shadow/shadowed-route.ts';
import { FirstFailureCounter, MAX_FAILED_USERS } from './first-failures.ts';
import { type Gauged, registerGauges } from './proxy-gauges.ts';
import { LATENCY_BOUNDS_MS, NO_TOTALS, type RouteTotals, type SideTotals } from './readings.ts';

/** The route label of what no route shares. */
export const NO_ROUTE = '-';

interface Child {
  inc(): void;
}

/** The proxy's Prometheus metrics, in a registry of their own. */
export class ProxyMetrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'banyan_proxy_requests_total',
    help: 'Requests by route (or ROUTE:COHORT), the side they belonged to, and how they ended for the client.',
    labelNames: ['route', 'side', 'outcome'] as const,
    registers: [this.registry],
    // It is the first to be read.
    collect: () => this.#gauged.settle(),
  });
  readonly #steered = new Counter({
    name: 'banyan_proxy_steered_requests_total',
    help: 'Requests whose side somebody chose (forced, pinned, allowed), which no other count has.',
    labelNames: ['route', 'side', 'why', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly #upgrades = new Counter({
    name: 'banyan_proxy_upgrades_total',
    help: 'WebSockets by route, the side that was to carry them in the end, and why; no evidence in a ramp.',
    labelNames: ['route', 'side', 'why'] as const,
    registers: [this.registry],
  });
  readonly #duration = new Histogram({
    name: 'banyan_proxy_request_duration_seconds',
    help: 'From a request to the end of its answer, by route and the side it belonged to.',
    labelNames: ['route', 'side'] as const,
    buckets: LATENCY_BOUNDS_MS.map((ms) => ms / 1000),
    registers: [this.registry],
  });
  readonly #saturated = new Counter({
    name: 'banyan_proxy_candidate_saturated_total',
    help: 'Requests that found all connections to the candidate in use.',
    labelNames: ['route'] as const,
    registers: [this.registry],
  });
  readonly #shadow = new Counter({
    name: 'banyan_proxy_shadow_total',
    help: 'Requests whose answers of both sides were compared, by what it came to; or why they were not.',
    labelNames: ['route', 'result'] as const,
    registers: [this.registry],
  });
  readonly #shadowMismatches = new Counter({
    name: 'banyan_proxy_shadow_mismatches_total',
    help: 'Mismatches between answers of both sides, by the field that differed.',
    labelNames: ['route', 'field'] as const,
    registers: [this.registry],
  });
  readonly #firstFailures = new Map<string, FirstFailureCounter>();
  readonly #gauged: Gauged;
  // Children are kept: looking one up by its labels costs more than counting.
  readonly #counters = new Map<string, Child>();
  readonly #histograms = new Map<string, { observe(seconds: number): void }>();

  constructor(gauged: Gauged) {
    this.#gauged = gauged;
    registerGauges(this.registry, gauged);
  }

  /** A request that was refused before routing. */
  refused(): void {
    this.#count(NO_ROUTE, 'none', 'refused');
  }

  /** An exchange that has ended. */
  ended(exchange: Exchange, outcome: Outcome, durationMs: number): void {
    const { why, dial: route = NO_ROUTE } = exchange.decision;
    const side = exchange.ownSide;
    if (isSteered(why)) {
      this.#steered.inc({ route, side, why, outcome });
      return;
    }
    this.#count(route, side, outcome);
    // Who left has seen neither success nor failure.
    if (outcome === 'aborted') return;
    this.#observe(route, side, durationMs / 1000);
    this.#countUser(route, exchange, outcome !== 'ok');
  }

  /** A WebSocket has been handed to a side. */
  upgraded(route: string, side: Side, why: Why): void {
    this.#upgrades.inc({ route, side, why });
  }

  /** A request found all connections to the candidate in use. */
  saturated(route: string): void {
    this.#saturated.inc({ route });
  }

  /** The other side's answer was compared, or could not be. */
  shadowed(route: string, result: ShadowResult, fields: readonly string[]): void {
    this.#shadow.inc({ route, result });
    for (const field of fields) this.#shadowMismatches.inc({ route, field });
  }

  /** The counters of every route, for whoever judges them. */
  async totals(routes: readonly string[]): Promise<{ [route: string]: RouteTotals }> {
    const [requests, durations, saturated] = await Promise.all([
      this.#requests.get(),
      this.#duration.get(),
      this.#saturated.get(),
    ]);
    const sideTotals = (route: string, side: Side): SideTotals => {
      const count = (outcome: Outcome) =>
        requests.values.find(
          ({ labels }) => labels.route === route && labels.side === side && labels.outcome === outcome,
        )?.value ?? 0;
      const failures = count('error') + count('rescued');
      const withinBounds = durations.values
        .filter(({ labels, metricName }) => {
          return labels.route === route && labels.side === side && metricName?.endsWith('_bucket');
        })
        .map(({ value }) => value);
      const bounded = withinBounds.length > 0 ? withinBounds : NO_TOTALS.withinBounds;
      return { requests: count('ok') + failures, failures, withinBounds: bounded };
    };
    return Object.fromEntries(
      routes.map((route) => {
        const firstFailures = this.#firstFailures.get(route)?.totals();
        const totals: RouteTotals = {
          control: sideTotals(route, 'control'),
          candidate: sideTotals(route, 'candidate'),
          ...(firstFailures ? { firstFailures } : {}),
          shadow: this.#gauged.shadowOf(route),
          saturated: saturated.values.find(({ labels }) => labels.route === route)?.value ?? 0,
        };
        return [route, totals];
      }),
    );
  }

  /** By the side that is the user's, and only while the weight that made it so is in force. */
  #countUser(route: string, { decision, weight }: Exchange, failed: boolean): void {
    const { key, side } = decision;
    if (key === undefined || weight.setAtMs !== this.#gauged.inForce(route).setAtMs) return;
    let counter = this.#firstFailures.get(route);
    if (!counter) {
      const fit = maxPackedUsers(this.#gauged.routes.length);
      counter = new FirstFailureCounter({ maxUsers: Math.min(MAX_FAILED_USERS, fit) });
      this.#firstFailures.set(route, counter);
    }
    counter.ended({ weight, nowMs: this.#gauged.nowMs(), side, key, failed });
  }

  #count(route: string, side: Side | 'none', outcome: Outcome | 'refused'): void {
    const id = `${route} ${side} ${outcome}`;
    let counter = this.#counters.get(id);
    if (!counter) {
      counter = this.#requests.labels(route, side, outcome);
      this.#counters.set(id, counter);
    }
    counter.inc();
  }

  #observe(route: string, side: Side, seconds: number): void {
    const id = `${route} ${side}`;
    let histogram = this.#histograms.get(id);
    if (!histogram) {
      histogram = this.#duration.labels(route, side);
      this.#histograms.set(id, histogram);
    }
    histogram.observe(seconds);
  }
}
