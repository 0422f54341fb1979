import type { Clock } from '../../../services/core/index.ts';
import type { Throttle } from './throttle.ts';

/** At most so many documents per second over all partitions: a batch waits for the time of those before it. */
export class FixedRate implements Throttle {
  readonly #documentsPerSecond: number;
  readonly #clock: Clock;
  #freeAtMs = 0;

  /** `documentsPerSecond`: Required, above 0. */
  constructor(options: { documentsPerSecond: number; clock: Clock }) {
    this.#documentsPerSecond = options.documentsPerSecond;
    this.#clock = options.clock;
  }

  async admit(documents: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const atMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = atMs + (documents / this.#documentsPerSecond) * 1_000;
    if (atMs > nowMs) await this.#clock.sleep(atMs - nowMs, signal);
  }
}
