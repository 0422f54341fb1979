import pLimit from 'p-limit';
import type { Clock } from '../../../services/core/index.ts';
import type { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import { type BatchSize, type Throttle, tightest } from './throttle.ts';

/** A delay is looked at again that often: an operator may have lifted it. */
const LOOK_EVERY_MS = 200;
/**
 * Batches under way hold no more memory than that, but for a single one: MongoDB answers up to 16 MB at once,
 * however few documents that are.
 */
const MOST_HELD_BYTES = 64 * 1_024 * 1_024;
/** What has not slowed anything down for that long is no news. */
const RECENT_MS = 2_000;

export interface GateParts {
  readonly throttles: readonly Throttle[];
  readonly concurrency: AdaptiveConcurrency;
  readonly clock: Clock;
}

/** Where every batch waits before it is written, one after the other, until no throttle holds it back. */
export class Gate {
  readonly #parts: GateParts;
  readonly #inTurn = pLimit(1);
  #ended: () => void = () => {};
  #heldBytes = 0;
  #slowed: { readonly reason: string; readonly atMs: number } | undefined;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** What holds batches back at the moment, as a sentence. */
  get throttle(): string | undefined {
    const slowed = this.#slowed;
    return slowed && this.#parts.clock.nowMs() - slowed.atMs < RECENT_MS ? slowed.reason : undefined;
  }

  /** Resolves once the batch may be written, with what to call when it is over (`tookMs` as for the concurrency's `end`). */
  admit(batch: BatchSize, signal: AbortSignal): Promise<(tookMs?: number) => void> {
    return this.#inTurn(() => this.#admit(batch, signal));
  }

  async #admit(batch: BatchSize, signal: AbortSignal): Promise<(tookMs?: number) => void> {
    const { throttles, concurrency, clock } = this.#parts;
    for (;;) {
      signal.throwIfAborted();
      const delay = tightest(throttles, clock.nowMs());
      if (delay) {
        this.#note(delay.reason);
        await clock.sleep(Math.min(delay.ms, LOOK_EVERY_MS), signal);
      } else if (this.#fits(batch) && concurrency.hasRoom()) break;
      else await this.#roomOr(signal);
    }
    for (const throttle of throttles) throttle.admitted?.(batch, clock.nowMs());
    concurrency.begin();
    this.#heldBytes += batch.heldBytes;
    return (tookMs) => {
      concurrency.end(tookMs);
      this.#heldBytes -= batch.heldBytes;
      this.#ended();
    };
  }

  #fits({ heldBytes }: BatchSize): boolean {
    return this.#parts.concurrency.underWay === 0 || this.#heldBytes + heldBytes <= MOST_HELD_BYTES;
  }

  async #roomOr(signal: AbortSignal): Promise<void> {
    const { reason } = this.#parts.concurrency;
    if (reason) this.#note(reason);
    await new Promise<void>((resolve, reject) => {
      const give = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      this.#ended = give;
    });
  }

  #note(reason: string): void {
    this.#slowed = { reason, atMs: this.#parts.clock.nowMs() };
  }
}
