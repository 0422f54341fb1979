import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../../services/core/index.ts';
import { type ControlStore, RevisionConflictError } from '../../services/store/control-store.ts';
import type { RouteTotals } from '../metrics/readings.ts';
import type { WeightInForce } from '../routing/weights.ts';
import { packTotals, unpackTotals } from './packed-totals.ts';
import { enlist, type Report, readReport, reportKey } from './reports.ts';
import { sumOfTotals, totalsSince } from './sum-of-totals.ts';

/** While nothing changes, a report tells only that the instance is there. */
export const HEARTBEAT_MS = 5_000;

/** A name that no other instance has had, or will have: a restart counts from 0, and is another one. */
export const freshInstance = (): string => `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;

export interface ReadingsPublisherOptions {
  readonly store: ControlStore;
  /** Required. What to call this instance; asked again when it was given up and begins anew. */
  readonly nameInstance: () => string;
  readonly totals: () => Promise<{ readonly [route: string]: RouteTotals }>;
  readonly inForce: (route: string) => Pick<WeightInForce, 'weightPercent' | 'setAtMs'>;
  readonly clock: Clock;
}

type Totals = { readonly [route: string]: RouteTotals };

/**
 * Puts what one instance has counted into the control store, where it is summed with the others'. One write a
 * call, and none while nothing has changed for less than `HEARTBEAT_MS`.
 */
export class ReadingsPublisher {
  readonly #options: ReadingsPublisherOptions;
  #instance: string;
  #revision = 0;
  #enlisted = false;
  /** What was counted under names that were given up. */
  #before: Totals = {};
  #written: { json: string; atMs: number; routes: Report['routes'] } = {
    json: '',
    atMs: Number.NEGATIVE_INFINITY,
    routes: {},
  };

  constructor(options: ReadingsPublisherOptions) {
    this.#options = options;
    this.#instance = options.nameInstance();
  }

  get instance(): string {
    return this.#instance;
  }

  /** Publishes the counters as they are. @throws what the store throws; the next call makes up for it. */
  async publish(): Promise<void> {
    await this.#write('running');
  }

  /** The last report: this instance counts no more, and nobody waits for it. */
  async end(): Promise<void> {
    await this.#write('ended');
  }

  async #write(state: 'running' | 'ended'): Promise<void> {
    const { store, clock } = this.#options;
    const atMs = clock.nowMs();
    const routes = this.#reportOf(await this.#options.totals());
    const json = JSON.stringify(routes);
    if (state === 'running' && json === this.#written.json && atMs - this.#written.atMs < HEARTBEAT_MS)
      return;
    const report: Report = { atMs, state, routes };
    try {
      this.#revision = await store.put(reportKey(this.#instance), report, this.#revision);
    } catch (thrown) {
      if (!(thrown instanceof RevisionConflictError)) throw thrown;
      await this.#beginAnew();
      return this.#write(state);
    }
    // Known only once it has a report: what is on the list without one looks like an instance that is silent.
    if (!this.#enlisted) await enlist(store, this.#instance);
    this.#enlisted = true;
    this.#written = { json, atMs, routes };
  }

  #reportOf(totals: Totals): Report['routes'] {
    return Object.fromEntries(
      Object.entries(totals).map(([route, now]) => {
        const { weightPercent, setAtMs = null } = this.#options.inForce(route);
        return [route, { weightPercent, setAtMs, totals: packTotals(totalsSince(now, this.#before[route])) }];
      }),
    );
  }

  /** Somebody took this instance for gone: what its last report says is counted as the other name's. */
  async #beginAnew(): Promise<void> {
    const sealed = await readReport(this.#options.store, this.#instance);
    if (sealed?.value.state === 'running') {
      // Our own write, whose answer was lost.
      this.#revision = sealed.revision;
      return;
    }
    const before: { [route: string]: RouteTotals } = { ...this.#before };
    // It is forgotten soon after it was sealed.
    const last = sealed?.value.routes ?? this.#written.routes;
    for (const [route, { totals }] of Object.entries(last)) {
      const counted = sumOfTotals(before[route], unpackTotals(totals));
      if (counted) before[route] = counted;
    }
    this.#before = before;
    this.#instance = this.#options.nameInstance();
    this.#revision = 0;
    this.#enlisted = false;
    this.#written = { ...this.#written, routes: {} };
  }
}
