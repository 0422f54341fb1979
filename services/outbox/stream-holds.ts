import { type Backoff, backoffMs } from './backoff.ts';

interface Hold {
  misses: number;
  untilMs: number;
  /** Whether a record is under way that asks whether the stream is back. */
  isAsking: boolean;
}

/**
 * Holds back streams that do not answer at all. All that waits for one would otherwise be tried key by key,
 * hundreds of times a second; held back, one record at a time asks whether it is back.
 */
export class StreamHolds {
  readonly #backoff: Backoff;
  readonly #random: () => number;
  readonly #holds = new Map<string, Hold>();

  constructor(options: { backoff: Backoff; random: () => number }) {
    this.#backoff = options.backoff;
    this.#random = options.random;
  }

  has(stream: string): boolean {
    return this.#holds.has(stream);
  }

  /** From when on something may be sent to it; infinity while a record asks. */
  freeAtMs(stream: string): number {
    const hold = this.#holds.get(stream);
    if (!hold) return Number.NEGATIVE_INFINITY;
    return hold.isAsking ? Number.POSITIVE_INFINITY : hold.untilMs;
  }

  /** A record is under way to a stream that is held back. */
  asked(stream: string): void {
    const hold = this.#holds.get(stream);
    if (hold) hold.isAsking = true;
  }

  /** What was to ask did not. */
  notAsked(stream: string): void {
    const hold = this.#holds.get(stream);
    if (hold) hold.isAsking = false;
  }

  answered(stream: string): void {
    this.#holds.delete(stream);
  }

  /** Requests that were under way when the first of them missed count no further. */
  missed(stream: string, nowMs: number): void {
    const hold = this.#holds.get(stream) ?? { misses: 0, untilMs: Number.NEGATIVE_INFINITY, isAsking: true };
    this.#holds.set(stream, hold);
    if (!hold.isAsking) return;
    hold.misses += 1;
    hold.untilMs = nowMs + backoffMs(hold.misses, this.#backoff, this.#random);
    hold.isAsking = false;
  }

  /** The clock was set back. */
  moveBack(ms: number): void {
    for (const hold of this.#holds.values()) hold.untilMs -= ms;
  }
}
