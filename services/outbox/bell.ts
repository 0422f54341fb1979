import { type Clock, pause } from '../core/index.ts';

/** Wakes loops that wait for something to do; a ring while nobody waits is not lost. */
export class Bell {
  readonly #waiting = new Set<() => void>();
  #rung = false;

  ring(): void {
    this.#rung = this.#waiting.size === 0;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Resolves at the next ring, at once for one that nobody waited for, or after `ms` milliseconds. */
  async wait(clock: Clock, ms: number): Promise<void> {
    if (this.#rung) {
      this.#rung = false;
      return;
    }
    const { promise: rung, resolve: wake } = Promise.withResolvers<void>();
    this.#waiting.add(wake);
    await (ms === Number.POSITIVE_INFINITY ? rung : atMost(clock, ms, rung));
    this.#waiting.delete(wake);
  }
}

const atMost = async (clock: Clock, ms: number, rung: Promise<void>): Promise<void> => {
  const timer = new AbortController();
  await Promise.race([rung, pause(clock, ms, timer.signal)]);
  timer.abort();
};
