import { BanyanError, type Clock, UsageError } from '../../../services/core/index.ts';
import type { ControlStore } from '../../../services/store/control-store.ts';
import {
  isWeightPercent,
  type StoredWeight,
  storedWeightSchema,
  type WeightChange,
  weightKey,
  weightLog,
} from '../../routing/weight.ts';
import type { DialChange, DialReading, TrafficDial } from '../traffic-dial.ts';

/** A change in a route's history, newest first. */
export interface PastChange extends WeightChange {
  readonly atMs: number;
}

/** A dial that remembers who turned it. */
export interface RecordedDial extends TrafficDial {
  /** The newest `limit` changes of a route, newest first. */
  history(route: string, limit: number): Promise<PastChange[]>;
}

/** The proxy's own weights: every instance reads them from the control store within a second. */
export class ProxyDial implements RecordedDial {
  readonly #store: ControlStore;
  readonly #clock: Clock;

  constructor(options: { store: ControlStore; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  async read(route: string): Promise<DialReading> {
    const stored = await this.#store.get(weightKey(route));
    if (!stored) return { weightPercent: 0, setAtMs: undefined, by: '', why: '', revision: 0 };
    const parsed = storedWeightSchema.safeParse(stored.value);
    // What the proxies do with it: they keep what they had. The next set mends it.
    if (!parsed.success)
      return { weightPercent: 0, setAtMs: 0, by: '', why: 'unreadable', revision: stored.revision };
    return { ...parsed.data, revision: stored.revision };
  }

  async set(route: string, change: DialChange): Promise<DialReading> {
    const { weightPercent, by, why, expectedRevision } = change;
    if (!isWeightPercent(weightPercent))
      throw new UsageError(`${weightPercent} is not a weight: 0 to 100 in steps of 0.01 is`);
    const before = await this.read(route);
    // Whatever else speaks for the candidate (a cohort's weight, a list, a pin) ends with a rollback too.
    const rollback = weightPercent === 0 && expectedRevision === 'any';
    // Later than the one before, by whatever clock: instances tell the weights apart by it.
    const setAtMs = Math.max(this.#clock.nowMs(), (before.setAtMs ?? 0) + 1);
    const weight: StoredWeight = {
      weightPercent,
      setAtMs,
      by,
      why,
      ...(rollback ? { rolledBack: true } : {}),
    };
    const revision = await this.#store.put(weightKey(route), weight, expectedRevision);
    const entry: WeightChange = { fromPercent: before.weightPercent, toPercent: weightPercent, by, why };
    try {
      await this.#store.append(weightLog(route), entry);
    } catch (cause) {
      throw new BanyanError(
        'history-missing',
        `${route} is at ${weightPercent} % now, but its history could not be written`,
        { cause },
      );
    }
    return { ...weight, revision };
  }

  async history(route: string, limit: number): Promise<PastChange[]> {
    const entries = await this.#store.history<WeightChange>(weightLog(route), limit);
    return entries.map(({ atMs, entry }) => ({ atMs, ...entry }));
  }
}
