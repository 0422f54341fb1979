import { BanyanError, type Clock, UsageError } from '../../services/core/index.ts';
import { type ControlStore, RevisionConflictError } from '../../services/store/control-store.ts';
import { isInForce, MAX_PINS, PINS_KEY, type Pin, type PinChange, pinLog, storedPinsSchema } from './pin.ts';

/** A change in a route's pins, newest first. */
export interface PastPin extends PinChange {
  readonly atMs: number;
}

/** Two operators who pin at once both want theirs: whoever comes second puts his on top. */
const ATTEMPTS = 10;

/** The pins of operators, as the control store has them: every instance follows within two seconds. */
export class PinBoard {
  readonly #store: ControlStore;
  readonly #clock: Clock;

  constructor(options: { store: ControlStore; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** The pins of a route that are in force. */
  async list(route: string): Promise<Pin[]> {
    const { pins } = await this.#read();
    return pins.filter((pin) => pin.route === route);
  }

  /**
   * Puts a user on a side, in place of a pin that he had.
   * @throws UsageError when there are too many.
   */
  async pin(pin: Omit<Pin, 'atMs'>): Promise<void> {
    await this.#change((pins) => {
      const others = pins.filter((other) => !isOf(other, pin));
      if (others.length >= MAX_PINS)
        throw new UsageError(
          `there are ${MAX_PINS} pins already: unpin somebody, or name many users by allow or a cohort of the route`,
        );
      return [...others, { ...pin, atMs: this.#clock.nowMs() }];
    });
    const { route, ...change } = pin;
    await this.#log(route, { change: 'pinned', ...change });
  }

  /** Takes a user's pin away; answers the pin that he had. */
  async unpin(user: { route: string; key: string; by: string; why: string }): Promise<Pin | undefined> {
    const had = (await this.list(user.route)).find((pin) => isOf(pin, user));
    if (!had) return undefined;
    await this.#change((pins) => pins.filter((pin) => !isOf(pin, user)));
    const { key, by, why } = user;
    await this.#log(user.route, { change: 'unpinned', key, side: had.side, by, why });
    return had;
  }

  /** The newest `limit` changes of a route's pins, newest first. */
  async history(route: string, limit: number): Promise<PastPin[]> {
    const entries = await this.#store.history<PinChange>(pinLog(route), limit);
    return entries.map(({ atMs, entry }) => ({ ...entry, atMs }));
  }

  async #change(change: (pins: readonly Pin[]) => Pin[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { pins, revision } = await this.#read();
      try {
        await this.#store.put(PINS_KEY, { pins: change(pins) }, revision);
        return;
      } catch (thrown) {
        if (!(thrown instanceof RevisionConflictError) || attempt >= ATTEMPTS) throw thrown;
      }
    }
  }

  async #read(): Promise<{ pins: Pin[]; revision: number }> {
    const stored = await this.#store.get(PINS_KEY);
    if (!stored) return { pins: [], revision: 0 };
    const parsed = storedPinsSchema.safeParse(stored.value);
    if (!parsed.success)
      throw new BanyanError('bad-pins', `${PINS_KEY} in the control store is no list of pins`);
    const nowMs = this.#clock.nowMs();
    return { pins: parsed.data.pins.filter((pin) => isInForce(pin, nowMs)), revision: stored.revision };
  }

  async #log(route: string, change: PinChange): Promise<void> {
    try {
      await this.#store.append(pinLog(route), change);
    } catch (cause) {
      const message = `${change.key} is ${change.change} on ${route} now, but its history could not be written`;
      throw new BanyanError('history-missing', message, { cause });
    }
  }
}

const isOf = (pin: Pin, user: { readonly route: string; readonly key: string }): boolean =>
  pin.route === user.route && pin.key === user.key;
