import { messageOf } from '../../../services/core/index.ts';
import type { Delay, Throttle } from './throttle.ts';

const WAIT_MS = 2_000;

/** Waits while the stream is behind: what changes now matters more than what was there before. */
export class StreamLagThrottle implements Throttle {
  readonly #readMs: () => Promise<number>;
  readonly #maxMs: number;
  #lagMs = 0;
  #unreadable: string | undefined;

  /** `readMs`: Required. Answers how far the stream is behind, in milliseconds. */
  constructor(options: { readMs: () => Promise<number>; maxMs: number }) {
    this.#readMs = options.readMs;
    this.#maxMs = options.maxMs;
  }

  delay(): Delay | undefined {
    if (this.#unreadable) return { ms: WAIT_MS, reason: this.#unreadable };
    if (this.#lagMs <= this.#maxMs) return undefined;
    const behind = Math.round(this.#lagMs / 1_000);
    return { ms: WAIT_MS, reason: `the stream is ${behind} s behind (at most ${this.#maxMs / 1_000} s)` };
  }

  /** A lag that cannot be read counts as one (law 9). */
  async refresh(): Promise<void> {
    try {
      this.#lagMs = await this.#readMs();
      this.#unreadable = undefined;
    } catch (thrown) {
      this.#unreadable = `the stream's lag cannot be read: ${messageOf(thrown)}`;
    }
  }
}
