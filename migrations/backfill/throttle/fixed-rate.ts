import { amountIn, type Rate, rateText } from './rate.ts';
import type { BatchSize, Delay, Throttle } from './throttle.ts';

/** At most so much a second over all partitions of this worker: a batch waits for the time of those before it. */
export class FixedRate implements Throttle {
  readonly #rate: Rate;
  #freeAtMs = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  delay(nowMs: number): Delay | undefined {
    if (this.#freeAtMs <= nowMs) return undefined;
    return { ms: this.#freeAtMs - nowMs, reason: `at most ${rateText(this.#rate)}` };
  }

  admitted(batch: BatchSize, nowMs: number): void {
    const { perSecond, unit } = this.#rate;
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (amountIn(unit, batch) / perSecond) * 1_000;
  }
}
