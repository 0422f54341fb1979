import type { Clock } from '../../services/core/index.ts';

/** Gives turns at an even rate; what was not used is not made up for. */
export class Pace {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #nextAtMs = 0;

  constructor(options: { perSecond: number; clock: Clock }) {
    this.#clock = options.clock;
    this.#everyMs = 1_000 / options.perSecond;
  }

  /** Resolves when it is the caller's turn. @throws the signal's reason when it aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const nowMs = this.#clock.nowMs();
    const atMs = Math.max(nowMs, this.#nextAtMs);
    this.#nextAtMs = atMs + this.#everyMs;
    if (atMs > nowMs) await this.#clock.sleep(atMs - nowMs, signal);
  }
}
