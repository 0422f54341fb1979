import { BanyanError, type Clock, messageOf } from '../../services/core/index.ts';
import type { ControlStore } from '../../services/store/control-store.ts';
import type { Side } from './canary-router.ts';
import { isInForce, PINS_KEY, type Pin, storedPinsSchema } from './pin.ts';
import { readInTime } from './read-in-time.ts';

/** The pins of operators as this instance serves them: none before the first reading, the last known while the store is away. */
export class OperatorPins {
  readonly #store: ControlStore;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #byRoute: ReadonlyMap<string, ReadonlyMap<string, Pin>> = new Map();
  #awayBecause: string | undefined;

  constructor(options: { store: ControlStore; clock: Clock; timeoutMs: number }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Why the last reading failed, or `undefined` when it did not. */
  get awayBecause(): string | undefined {
    return this.#awayBecause;
  }

  /** Whether anybody may be pinned on a route: where nobody is, nobody has to be looked up. */
  some(route: string): boolean {
    return this.#byRoute.has(route);
  }

  sideOf(route: string, key: string): Side | undefined {
    const pin = this.#byRoute.get(route)?.get(key);
    return pin && isInForce(pin, this.#clock.nowMs()) ? pin.side : undefined;
  }

  /** Reads them once. It never throws: a store that is away is a state, not an accident. */
  async refresh(): Promise<void> {
    try {
      const stored = await readInTime(this.#store, PINS_KEY, {
        clock: this.#clock,
        timeoutMs: this.#timeoutMs,
      });
      this.#byRoute = stored === undefined ? new Map() : byRoute(stored);
      this.#awayBecause = undefined;
    } catch (thrown) {
      this.#awayBecause = messageOf(thrown);
    }
  }
}

const byRoute = (stored: unknown): ReadonlyMap<string, ReadonlyMap<string, Pin>> => {
  const parsed = storedPinsSchema.safeParse(stored);
  if (!parsed.success)
    throw new BanyanError('bad-pins', `${PINS_KEY} in the control store is no list of pins`);
  const found = new Map<string, Map<string, Pin>>();
  for (const pin of parsed.data.pins) {
    const pins = found.get(pin.route) ?? new Map<string, Pin>();
    found.set(pin.route, pins.set(pin.key, pin));
  }
  return found;
};
