import { Counter, Registry } from 'prom-client';
import type { Exchange, Outcome } from '../exchange.ts';
import { maxPackedUsers } from '../readings/packed-totals.ts';
import { isSteered, type Side, type Why } from '../routing/canary-router.ts';
import type { ShadowResult } from '../shadow/shadowed-route.ts';
import { AnswerCounts } from './answer-counts.ts';
import { registerDurations } from './answer-durations.ts';
import { FirstFailureCounter, MAX_FAILED_USERS } from './first-failures.ts';
import { type Gauged, registerGauges } from './proxy-gauges.ts';
import type { RouteTotals } from './readings.ts';

/** The route label of what no route shares. */
export const NO_ROUTE = '-';

/** The proxy's Prometheus metrics, in a registry of their own. */
export class ProxyMetrics {
  readonly registry = new Registry();
  readonly #answers = new AnswerCounts();
  #refused = 0;
  readonly #requests = new Counter({
    name: 'banyan_proxy_requests_total',
    help: 'Requests by route (or ROUTE:COHORT), the side they belonged to, and how they ended for the client.',
    labelNames: ['route', 'side', 'outcome'] as const,
    registers: [this.registry],
    // It is the first to be read.
    collect: () => this.#collectRequests(),
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

  constructor(gauged: Gauged) {
    this.#gauged = gauged;
    registerDurations(this.registry, this.#answers);
    registerGauges(this.registry, gauged);
  }

  /** A request that was refused before routing. */
  refused(): void {
    this.#refused++;
  }

  /** An exchange that has ended. */
  ended(exchange: Exchange, outcome: Outcome, durationMs: number): void {
    const { why, dial: route = NO_ROUTE } = exchange.decision;
    const side = exchange.ownSide;
    if (isSteered(why)) {
      this.#steered.inc({ route, side, why, outcome });
      return;
    }
    this.#answers.of(route)[side].ended(outcome, durationMs);
    // Who left has seen neither success nor failure.
    if (outcome !== 'aborted') this.#countUser(route, exchange, outcome !== 'ok');
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
    this.#gauged.settle();
    const saturated = await this.#saturated.get();
    return Object.fromEntries(
      routes.map((route) => {
        const { control, candidate } = this.#answers.of(route);
        const firstFailures = this.#firstFailures.get(route)?.totals();
        const totals: RouteTotals = {
          control: control.totals(),
          candidate: candidate.totals(),
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

  #collectRequests(): void {
    this.#gauged.settle();
    this.#requests.reset();
    if (this.#refused > 0)
      this.#requests.inc({ route: NO_ROUTE, side: 'none', outcome: 'refused' }, this.#refused);
    for (const { route, side, counts } of this.#answers.all())
      for (const [outcome, count] of Object.entries(counts.outcomes))
        if (count > 0) this.#requests.inc({ route, side, outcome }, count);
  }
}
