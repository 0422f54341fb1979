import { BanyanError, type Clock, messageOf } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { readInTime } from './read-in-time.ts';
import { type StoredWeight, storedWeightSchema, weightKey } from './weight.ts';

/** A dial's weight as this instance serves it. */
export interface WeightInForce {
  readonly weightPercent: number;
  /** When it was set, by the setter's clock; `undefined` while none is known. */
  readonly setAtMs: number | undefined;
  /** Whether it is 0 by a rollback, which sends back who would go to the candidate for any other reason too. */
  readonly rolledBack: boolean;
  /** When the store last confirmed it to this instance; `undefined` before the first time. */
  readonly confirmedAtMs: number | undefined;
}

/** What holds while nothing is known. */
export const NO_WEIGHT: WeightInForce = Object.freeze({
  weightPercent: 0,
  setAtMs: undefined,
  rolledBack: false,
  confirmedAtMs: undefined,
});

/**
 * The weights in force: 0 where none was ever read, and the last known while the store is away. It reads the
 * store only when `refresh` is called, so that the loop and its pace belong to the entry point.
 */
export class Weights {
  readonly #store: ControlStore;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #inForce = new Map<string, WeightInForce>();
  #awayBecause: string | undefined;

  constructor(options: {
    store: ControlStore;
    /** Of the routes, and of their cohorts. */
    dials: readonly string[];
    clock: Clock;
    /** How long one reading may take before the store counts as away. */
    timeoutMs: number;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    for (const dial of options.dials) this.#inForce.set(dial, NO_WEIGHT);
  }

  /** The weight in per cent; 0 for a dial without one. */
  percentOf(dial: string): number {
    return this.inForce(dial).weightPercent;
  }

  inForce(dial: string): WeightInForce {
    return this.#inForce.get(dial) ?? NO_WEIGHT;
  }

  /** Whose weight holds for a cohort: its own once it was set, unless the route was rolled back. */
  governing(route: string, cohortDial: string): string {
    if (this.inForce(route).rolledBack || this.inForce(cohortDial).setAtMs === undefined) return route;
    return cohortDial;
  }

  /** Why the last reading failed, or `undefined` when it did not: then the weights are as the store has them. */
  get awayBecause(): string | undefined {
    return this.#awayBecause;
  }

  /** Reads every dial's weight once. It never throws: a store that is away is a state, not an accident. */
  async refresh(): Promise<void> {
    const failures = await Promise.all([...this.#inForce.keys()].map((dial) => this.#refreshDial(dial)));
    this.#awayBecause = failures.find((failure) => failure !== undefined);
  }

  async #refreshDial(dial: string): Promise<string | undefined> {
    try {
      const stored = await this.#read(dial);
      this.#inForce.set(dial, {
        weightPercent: stored?.weightPercent ?? 0,
        setAtMs: stored?.setAtMs,
        rolledBack: stored?.rolledBack ?? false,
        confirmedAtMs: this.#clock.nowMs(),
      });
      return undefined;
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  async #read(dial: string): Promise<StoredWeight | undefined> {
    const key = weightKey(dial);
    const stored = await readInTime(this.#store, key, { clock: this.#clock, timeoutMs: this.#timeoutMs });
    if (stored === undefined) return undefined;
    const parsed = storedWeightSchema.safeParse(stored);
    if (parsed.success) return parsed.data;
    throw new BanyanError('bad-weight', `${key} in the control store is not a weight`);
  }
}
