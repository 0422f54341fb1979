import { BanyanError, type Clock, messageOf } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import { type StoredWeight, storedWeightSchema, weightKey } from './weight.ts';

/** A route's weight as this instance serves it. */
export interface WeightInForce {
  readonly weightPercent: number;
  /** When it was set, by the setter's clock; `undefined` while none is known. */
  readonly setAtMs: number | undefined;
  /** When the store last confirmed it to this instance; `undefined` before the first time. */
  readonly confirmedAtMs: number | undefined;
}

const NONE: WeightInForce = { weightPercent: 0, setAtMs: undefined, confirmedAtMs: undefined };

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
    routes: readonly string[];
    clock: Clock;
    /** How long one reading may take before the store counts as away. */
    timeoutMs: number;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    for (const route of options.routes) this.#inForce.set(route, NONE);
  }

  /** The weight in per cent; 0 for a route without one. */
  percentOf(route: string): number {
    return this.inForce(route).weightPercent;
  }

  inForce(route: string): WeightInForce {
    return this.#inForce.get(route) ?? NONE;
  }

  /** Why the last reading failed, or `undefined` when it did not: then the weights are as the store has them. */
  get awayBecause(): string | undefined {
    return this.#awayBecause;
  }

  /** Reads every route's weight once. It never throws: a store that is away is a state, not an accident. */
  async refresh(): Promise<void> {
    const failures = await Promise.all([...this.#inForce.keys()].map((route) => this.#refreshRoute(route)));
    this.#awayBecause = failures.find((failure) => failure !== undefined);
  }

  async #refreshRoute(route: string): Promise<string | undefined> {
    try {
      const stored = await this.#read(route);
      this.#inForce.set(route, {
        weightPercent: stored?.weightPercent ?? 0,
        setAtMs: stored?.setAtMs,
        confirmedAtMs: this.#clock.nowMs(),
      });
      return undefined;
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  /** A reading that hangs is given up, or one lost packet would stop the dial of this instance. */
  async #read(route: string): Promise<StoredWeight | undefined> {
    const answered = new AbortController();
    const late = this.#clock.sleep(this.#timeoutMs, answered.signal).then(() => {
      throw new BanyanError('control-store-late', `no answer within ${this.#timeoutMs} ms`);
    });
    late.catch(() => undefined);
    try {
      const stored = await Promise.race([this.#store.get(weightKey(route)), late]);
      if (stored === undefined) return undefined;
      const parsed = storedWeightSchema.safeParse(stored.value);
      if (parsed.success) return parsed.data;
      throw new BanyanError('bad-weight', `${weightKey(route)} in the control store is not a weight`);
    } finally {
      answered.abort();
    }
  }
}
