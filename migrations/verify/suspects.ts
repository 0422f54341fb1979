import type { Clock, State, VersionedRecord } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import type { Reading } from '../backfill/record-or-reject.ts';
import type { Retry } from '../backfill/retry.ts';
import type { Source } from '../backfill/source.ts';
import { compareRecords, type Difference, type Mismatch, type VersionsFrom } from './compare.ts';
import { withDeletions } from './deletions.ts';
import { type Expectation, RejectedDocument, readDocument } from './expectation.ts';
import type { Floors } from './floors.ts';
import type { KnownReject, KnownRejects } from './known-rejects.ts';
import { type Judgement, Suspect } from './suspect.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

export interface SuspectsParts<S extends State = State> {
  readonly source: Source;
  readonly store: VersionedStore<S>;
  readonly floors: Floors;
  readonly reading: Reading<S>;
  readonly rejects: KnownRejects<S>;
  readonly clock: Clock;
  readonly retry: Retry;
  readonly signal: AbortSignal;
  readonly versionsFrom: VersionsFrom;
  /** How long a difference may take to settle, from when it was first seen. */
  readonly settleMs: number;
  /** Suspects that are held at most. */
  readonly capacity: number;
  /** Keys that are read again together. */
  readonly chunkSize: number;
  onSettled(key: string): void;
  /** What the source says of the key is in quarantine. */
  onRejected(reject: KnownReject): void;
  /** Both sides were read again after `settleMs`, and differ still. */
  onMismatch(mismatch: Mismatch): void;
  /** Both sides were read again and differ, but the key had no time to settle, or never rested. */
  onUnsettled(key: string): void;
}

/**
 * Keys that differed when they were compared. A moving source is ahead of its sink for a moment, so both sides
 * are read again, with growing pauses, until the sink shows what the source was seen to hold, or time is up.
 * The oldest are looked at first, and those behind them only once these are decided: reading again costs each
 * suspect little more than one read. All waiting together is bounded by three times `settleMs`, however many differ:
 * one for room among the suspects, two for those that are left at the end.
 */
export class Suspects<S extends State = State> {
  readonly #parts: SuspectsParts<S>;
  readonly #suspects = new Map<string, Suspect>();
  #turn: Promise<void> = Promise.resolve();
  #waitedForRoomMs = 0;

  constructor(parts: SuspectsParts<S>) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#suspects.size;
  }

  /** `expected` and `stored` are what either side was seen to hold. Resolves at once while there is room for more. */
  async add(key: string, expected: Expectation<S>, stored: VersionedRecord<S> | undefined): Promise<void> {
    if (this.#suspects.has(key)) return;
    const { clock, versionsFrom, capacity, rejects } = this.#parts;
    const known = rejects.peek(key, expected, stored);
    if (known) {
      this.#parts.onRejected(known);
      return;
    }
    this.#suspects.set(key, new Suspect(key, clock.nowMs(), expected, versionsFrom));
    if (this.#suspects.size >= capacity) await this.#inTurn(() => this.#makeRoom());
  }

  /** Resolves once every suspect agreed or was reported. */
  settle(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#decideFor(2 * this.#parts.settleMs, () => this.#suspects.size === 0);
      await this.#decideAtOnce();
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work);
    return this.#turn;
  }

  async #makeRoom(): Promise<void> {
    const { clock, capacity, settleMs } = this.#parts;
    const startedAtMs = clock.nowMs();
    const hasRoom = () => this.#suspects.size < capacity;
    await this.#decideFor(settleMs - this.#waitedForRoomMs, hasRoom);
    this.#waitedForRoomMs += clock.nowMs() - startedAtMs;
    if (!hasRoom()) await this.#decideAtOnce();
  }

  /** Decides the oldest, chunk by chunk, without a pause as long as whole chunks can be decided. */
  async #decideFor(ms: number, isEnough: () => boolean): Promise<void> {
    const { clock, signal } = this.#parts;
    const untilMs = clock.nowMs() + ms;
    let pauseMs = FIRST_PAUSE_MS;
    while (!isEnough() && clock.nowMs() < untilMs) {
      const oldest = this.#oldest();
      await this.#recheck(oldest);
      if (!oldest.some(({ key }) => this.#suspects.has(key))) continue;
      await clock.sleep(Math.min(pauseMs, untilMs - clock.nowMs()), signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  async #decideAtOnce(): Promise<void> {
    while (this.#suspects.size > 0) {
      const oldest = this.#oldest();
      await this.#recheck(oldest);
      for (const { key } of oldest) if (this.#suspects.delete(key)) this.#parts.onUnsettled(key);
    }
  }

  #oldest(): Suspect[] {
    const oldest: Suspect[] = [];
    for (const suspect of this.#suspects.values()) {
      if (oldest.length === this.#parts.chunkSize) break;
      oldest.push(suspect);
    }
    return oldest;
  }

  async #recheck(suspects: readonly Suspect[]): Promise<void> {
    const { source, store, retry, signal, clock, settleMs } = this.#parts;
    const keys = suspects.map(({ key }) => key);
    const overdueAtMs = clock.nowMs() - settleMs;
    const documents = await retry(() => source.get(keys), signal);
    const stored = await retry(() => store.get(keys), signal);
    const mismatches: Mismatch[] = [];
    for (const [i, suspect] of suspects.entries()) {
      const document = documents[i];
      const expected = document && readDocument(document, this.#parts.reading);
      const judgement = await this.#judge(suspect, expected, stored[i], suspect.sinceMs <= overdueAtMs);
      if (judgement === 'wait') continue;
      this.#suspects.delete(suspect.key);
      if (judgement === 'settled') this.#parts.onSettled(suspect.key);
      else if (judgement === 'unsettled') this.#parts.onUnsettled(suspect.key);
      else if (judgement !== 'mismatch') this.#parts.onRejected(judgement);
      else mismatches.push({ key: suspect.key, differences: this.#differences(expected, stored[i]) });
    }
    const absent = new Set(keys.filter((_, i) => !documents[i]));
    for (const mismatch of await withDeletions(this.#parts, mismatches, absent)) {
      this.#parts.onMismatch(mismatch);
    }
  }

  /** Backfill and consumer have as long to put a key into quarantine as they have to put it into the sink. */
  async #judge(
    suspect: Suspect,
    expected: Expectation<S>,
    stored: VersionedRecord<S> | undefined,
    isOverdue: boolean,
  ): Promise<Judgement | KnownReject> {
    if (suspect.look(expected, stored)) return 'settled';
    const untilMs = isOverdue ? suspect.sinceMs + this.#parts.settleMs : suspect.sinceMs;
    const known = await this.#parts.rejects.find(suspect.key, expected, stored, untilMs);
    return known ?? suspect.judge(stored, isOverdue);
  }

  #differences(expected: Expectation<S>, stored: VersionedRecord<S> | undefined): readonly Difference[] {
    return expected instanceof RejectedDocument
      ? [{ kind: 'rejected', reason: expected.reason }]
      : compareRecords(expected, stored, this.#parts.versionsFrom);
  }
}
