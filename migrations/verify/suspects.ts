import { type Clock, RejectError, type State, type VersionedRecord } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import { type Reading, recordOrReject } from '../backfill/record-or-reject.ts';
import type { Retry } from '../backfill/retry.ts';
import type { Source } from '../backfill/source.ts';
import { compareRecords, type Difference, type Mismatch } from './compare.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Records of a key that are remembered: a sink that follows closely shows one of the last few. */
const REMEMBERED = 5;

export interface SuspectsParts<S extends State = State> {
  readonly source: Source;
  readonly store: VersionedStore<S>;
  readonly reading: Reading<S>;
  readonly clock: Clock;
  readonly retry: Retry;
  readonly signal: AbortSignal;
  /** How long a difference may take to settle, from when it was first seen. */
  readonly settleMs: number;
  /** Suspects that are held at most: above it, whoever adds one waits until they have settled. */
  readonly capacity: number;
  /** Keys that are read again together. */
  readonly chunkSize: number;
  onSettled(key: string): void;
  onMismatch(mismatch: Mismatch): void;
}

interface Suspect<S extends State> {
  readonly key: string;
  readonly sinceMs: number;
  /** What the source said of the key, newest last; `undefined`: nothing. */
  readonly seen: (VersionedRecord<S> | undefined)[];
  differences: readonly Difference[];
}

/**
 * Keys that differed when they were compared. A moving source is ahead of its sink for a moment, so both sides
 * are read again, with growing pauses, until the sink shows what the source was seen to hold, or time is up.
 */
export class Suspects<S extends State = State> {
  readonly #parts: SuspectsParts<S>;
  readonly #suspects = new Map<string, Suspect<S>>();
  #settling: Promise<void> = Promise.resolve();

  constructor(parts: SuspectsParts<S>) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#suspects.size;
  }

  async add(
    key: string,
    expected: VersionedRecord<S> | undefined,
    differences: readonly Difference[],
  ): Promise<void> {
    if (this.#suspects.has(key)) return;
    this.#suspects.set(key, { key, sinceMs: this.#parts.clock.nowMs(), seen: [expected], differences });
    if (this.#suspects.size >= this.#parts.capacity) await this.settle();
  }

  /** Resolves once every suspect agreed or was reported as a mismatch. */
  settle(): Promise<void> {
    this.#settling = this.#settling.then(() => this.#settle());
    return this.#settling;
  }

  async #settle(): Promise<void> {
    const { clock, signal, chunkSize } = this.#parts;
    for (let pauseMs = FIRST_PAUSE_MS; this.#suspects.size > 0; pauseMs *= 2) {
      await clock.sleep(Math.min(pauseMs, LONGEST_PAUSE_MS), signal);
      const round = [...this.#suspects.values()];
      for (let from = 0; from < round.length; from += chunkSize) {
        await this.#recheck(round.slice(from, from + chunkSize));
      }
    }
  }

  async #recheck(suspects: readonly Suspect<S>[]): Promise<void> {
    const { source, store, reading, clock, retry, signal } = this.#parts;
    const keys = suspects.map(({ key }) => key);
    const overdueAtMs = clock.nowMs() - this.#parts.settleMs;
    const documents = await retry(() => source.get(keys), signal);
    const stored = await retry(() => store.get(keys), signal);
    for (const [i, suspect] of suspects.entries()) {
      const document = documents[i];
      const expected = document && recordOrReject(document, reading);
      if (expected instanceof RejectError) {
        suspect.differences = [{ kind: 'rejected', reason: expected.message }];
      } else {
        suspect.seen.push(expected);
        if (suspect.seen.length > REMEMBERED) suspect.seen.shift();
        suspect.differences = leastDifferent(suspect.seen, stored[i]);
      }
      this.#judge(suspect, overdueAtMs);
    }
  }

  #judge({ key, sinceMs, differences }: Suspect<S>, overdueAtMs: number): void {
    if (differences.length > 0 && sinceMs > overdueAtMs) return;
    this.#suspects.delete(key);
    if (differences.length === 0) this.#parts.onSettled(key);
    else this.#parts.onMismatch({ key, differences });
  }
}

/** Nothing, when the sink shows one of the records that the source was seen to hold; else how it differs now. */
const leastDifferent = <S extends State>(
  seen: readonly (VersionedRecord<S> | undefined)[],
  stored: VersionedRecord<S> | undefined,
): readonly Difference[] => {
  const differences = seen.map((expected) => compareRecords(expected, stored));
  return differences.find(({ length }) => length === 0) ?? differences.at(-1) ?? [];
};
