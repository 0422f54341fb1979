import { type Backoff, backoffMs } from './backoff.ts';

/** By how much a batch may grow after one that was answered, and shrinks after one that was not. */
const STEP = 8;

interface Hold {
  /** Batches that were not answered since the last that was. */
  misses: number;
  untilMs: number;
  /** Whether a batch is under way that asks whether the stream is back. */
  isAsking: boolean;
  /** How many records may ask. */
  records: number;
}

/**
 * Holds back streams that do not answer at all. All that waits for one would otherwise be tried key by key,
 * hundreds of times a second; held back, one record asks whether it is back. Then batches grow again, one at a
 * time: it may be their size, or a record, for which there was no answer.
 */
export class StreamHolds {
  readonly #options: { backoff: Backoff; random: () => number; maxRecords: number };
  readonly #holds = new Map<string, Hold>();

  /** `maxRecords`: of a batch to a stream that is not held back. */
  constructor(options: { backoff: Backoff; random: () => number; maxRecords: number }) {
    this.#options = options;
  }

  /** From when on something may be sent to it; infinity while a batch asks. */
  freeAtMs(stream: string): number {
    const hold = this.#holds.get(stream);
    if (!hold) return Number.NEGATIVE_INFINITY;
    return hold.isAsking ? Number.POSITIVE_INFINITY : hold.untilMs;
  }

  /** A batch is about to go to the stream: how many records it may have. */
  ask(stream: string): number {
    const hold = this.#holds.get(stream);
    if (!hold) return this.#options.maxRecords;
    hold.isAsking = true;
    return hold.records;
  }

  /** What was to ask did not. */
  notAsked(stream: string): void {
    const hold = this.#holds.get(stream);
    if (hold) hold.isAsking = false;
  }

  answered(stream: string): void {
    const hold = this.#holds.get(stream);
    // An answer to what was under way before the first miss says nothing new.
    if (!hold?.isAsking) return;
    hold.records *= STEP;
    if (hold.records >= this.#options.maxRecords) this.#holds.delete(stream);
    Object.assign(hold, { misses: 0, untilMs: Number.NEGATIVE_INFINITY, isAsking: false });
  }

  /** Requests that were under way when the first of them missed count no further. */
  missed(stream: string, nowMs: number): void {
    const hold = this.#holds.get(stream);
    if (hold && !hold.isAsking) return;
    const misses = (hold?.misses ?? 0) + 1;
    this.#holds.set(stream, {
      misses,
      untilMs: nowMs + backoffMs(misses, this.#options.backoff, this.#options.random),
      isAsking: false,
      records: Math.max(1, Math.floor((hold?.records ?? 1) / STEP)),
    });
  }

  /** The clock was set back. */
  moveBack(ms: number): void {
    for (const hold of this.#holds.values()) hold.untilMs -= ms;
  }
}
