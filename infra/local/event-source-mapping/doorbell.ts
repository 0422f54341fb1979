import { type Clock, pause } from '../../../services/core/index.ts';

/** Setting a longer timer fires it at once. */
const LONGEST_SLEEP_MS = 3_600_000;

/** Lets a loop sleep until it is time, or until somebody rings. A ring while nobody waits is not lost. */
export class Doorbell {
  readonly #clock: Clock;
  #rung = false;
  #waiting: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#waiting?.abort();
  }

  /** Resolves after `ms` milliseconds, or earlier when it is rung. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung && ms > 0) {
      const waiting = new AbortController();
      this.#waiting = waiting;
      await pause(this.#clock, Math.min(ms, LONGEST_SLEEP_MS), waiting.signal);
      this.#waiting = undefined;
    }
    this.#rung = false;
  }
}
