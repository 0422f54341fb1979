import { BanyanError, type VersionedRecord, type VirtualClock } from '../../../services/core/index.ts';
import { GuardedSearchIndex } from '../../../services/search/guarded-search-index.ts';
import { MemoryIndex } from '../../../services/search/memory-index.ts';
import type { SearchIndex } from '../../../services/search/search-index.ts';
import { withDeadline } from '../../../services/search/with-deadline.ts';
import { MemoryStore } from '../../../services/store/memory-store.ts';
import { MemoryVersionGuard } from '../../../services/store/memory-version-guard.ts';
import type { VersionGuard } from '../../../services/store/version-guard.ts';
import type { PutOutcome, VersionedStore } from '../../../services/store/versioned-store.ts';
import type { History } from './history.ts';
import type { MutantName } from './mutant.ts';
import { type Random, whole } from './random.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Where a projection's records end. */
export interface Sink {
  /** As a process writes to it. */
  as(process: SimulatedProcess): VersionedStore;
  /** As a mutant writes to it, whatever it holds. */
  unconditionalAs(process: SimulatedProcess): VersionedStore;
  /** What it holds, asked by nobody. */
  peek(key: string): Promise<VersionedRecord | undefined>;
  /** Tombstones have had their time. */
  expireTombstones(): void;
  /** Whether something is still on its way into it. */
  readonly isBusy: boolean;
}

export interface SinkOptions {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
  readonly mutant: MutantName | undefined;
  readonly failures: () => number;
}

/** A table with conditional writes. */
export class ConditionalSink implements Sink {
  readonly isBusy = false;
  readonly #options: SinkOptions;
  readonly #store = new MemoryStore();

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  as(process: SimulatedProcess): VersionedStore {
    return {
      putIfNewer: (records) => process.call(() => this.#put(records)),
      get: (keys) => process.call(() => this.#store.get(keys)),
      scan: () => this.#store.scan(),
    };
  }

  /** A table has conditions, and nobody leaves them out. */
  unconditionalAs(process: SimulatedProcess): VersionedStore {
    return this.as(process);
  }

  async peek(key: string): Promise<VersionedRecord | undefined> {
    return (await this.#store.get([key]))[0];
  }

  expireTombstones(): void {
    for (const key of this.#store.expireTombstones()) this.#options.history.expired(this.#options.name, key);
  }

  /** "Any part of it may have been written": so it is, when it fails. */
  async #put(records: readonly VersionedRecord[]): Promise<PutOutcome[]> {
    const { random, failures } = this.#options;
    const fails = random() < failures();
    const taken = fails ? records.filter(() => random() < 0.5) : records;
    const outcomes = await this.#store.putIfNewer(taken);
    if (this.#options.mutant === 'no-tombstone') this.#store.expireTombstones();
    await this.#tell(taken);
    if (fails) throw new BanyanError('throttled', 'some were not written', { retryable: true });
    return outcomes;
  }

  async #tell(records: readonly VersionedRecord[]): Promise<void> {
    const { history, name } = this.#options;
    const stored = await this.#store.get(records.map((record) => record.key));
    for (const [at, { key }] of records.entries()) history.stored(name, key, stored[at]?.version);
  }
}

/** How long the guarded writer of this world gives an upload. */
const UPLOAD_TIMEOUT_MS = 2_000;
/** CloudSearch keeps no order between batches within a second. */
const SETTLES_WITHIN_MS = 1_000;
const RANKING = { exactField: 'part', weights: { part: 1 }, popularityField: 'rank' };

/** A search index without conditions, which takes batches late and in any order within a second, behind the guard. */
export class GuardedSink implements Sink {
  readonly #options: SinkOptions;
  readonly #index = new MemoryIndex({ ranking: RANKING });
  readonly #guard = new MemoryVersionGuard();
  #landing = 0;

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#landing > 0;
  }

  as(process: SimulatedProcess): VersionedStore {
    if (this.#options.mutant === 'no-guard') return this.unconditionalAs(process);
    const upload = { deadlineMs: 0 };
    return new GuardedSearchIndex({
      index: this.#indexAs(process, upload),
      guard: this.#guardAs(process, upload),
      clock: process,
      uploadTimeoutMs: UPLOAD_TIMEOUT_MS,
      maxWaitMs: 3_000,
    });
  }

  unconditionalAs(process: SimulatedProcess): VersionedStore {
    const upload = { deadlineMs: 0 };
    return unguarded(this.#indexAs(process, upload), process, upload);
  }

  async peek(key: string): Promise<VersionedRecord | undefined> {
    return (await this.#index.get([key]))[0];
  }

  /** The guard outlives tombstones, and the index has none. */
  expireTombstones(): void {}

  #indexAs(process: SimulatedProcess, upload: { deadlineMs: number }): SearchIndex {
    return {
      write: (records, signal) => process.call(() => this.#upload(records, upload.deadlineMs, signal)),
      get: (keys) => process.call(() => this.#index.get(keys)),
      scan: () => this.#index.scan(),
      search: (query) => this.#index.search(query),
    };
  }

  #guardAs(process: SimulatedProcess, upload: { deadlineMs: number }): VersionGuard {
    const isBusyKnown = this.#options.mutant !== 'no-busy-until';
    return {
      claim: (claims, times) => {
        upload.deadlineMs = times.busyUntilMs - SETTLES_WITHIN_MS;
        const held = isBusyKnown ? times : { ...times, busyUntilMs: times.nowMs };
        return process.call(() => this.#guard.claim(claims, held));
      },
      release: (releases, busyUntilMs) =>
        process.call(() => this.#guard.release(releases, isBusyKnown ? busyUntilMs : 0)),
      read: (keys) => process.call(() => this.#guard.read(keys)),
    };
  }

  async #upload(
    records: readonly VersionedRecord[],
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<undefined[]> {
    const { random, failures, clock } = this.#options;
    signal?.throwIfAborted();
    const roomMs = deadlineMs - clock.nowMs();
    // Whoever was paused meets the timer first, which aborts what has not left.
    if (roomMs <= 0) return givenUp(signal);
    if (random() < failures()) {
      this.#land(records, whole(random, roomMs));
      return givenUp(signal);
    }
    this.#land(records, 0);
    return records.map(() => undefined);
  }

  /** The service takes the batch after `afterMs`, and it shows within a second from there. */
  #land(records: readonly VersionedRecord[], afterMs: number): void {
    const { clock, random, history, name } = this.#options;
    this.#landing += 1;
    void clock.sleep(afterMs + whole(random, SETTLES_WITHIN_MS)).then(async () => {
      for (const { key, version } of records) history.stored(name, key, version);
      await this.#index.write(records);
      this.#landing -= 1;
    });
  }
}

/** Never answered: the caller gives up at its deadline. */
const givenUp = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

const unguarded = (
  index: SearchIndex,
  process: SimulatedProcess,
  upload: { deadlineMs: number },
): VersionedStore => ({
  putIfNewer: async (records) => {
    upload.deadlineMs = process.nowMs() + UPLOAD_TIMEOUT_MS;
    const refusals = await withDeadline(process, upload.deadlineMs, (signal) => index.write(records, signal));
    return refusals.map((refusal) => refusal ?? 'written');
  },
  get: (keys) => index.get(keys),
  scan: () => index.scan(),
});
