import type { State, VersionedRecord } from '../core/index.ts';
import type { VersionGuard } from '../store/version-guard.ts';
import type { PutOutcome, VersionedStore } from '../store/versioned-store.ts';
import { GuardedWriter, type GuardedWriterOptions } from './guarded-writer.ts';
import type { SearchIndex } from './search-index.ts';

export interface GuardedSearchIndexOptions<S extends State = State> extends GuardedWriterOptions<S> {
  readonly index: SearchIndex<S>;
}

/**
 * A search index as a versioned store. The index holds no tombstones: the guard knows them. A key that the guard
 * has as live and the index does not have is not there (its write failed, or is not visible yet).
 */
export class GuardedSearchIndex<S extends State = State> implements VersionedStore<S> {
  readonly #index: SearchIndex<S>;
  readonly #guard: VersionGuard;
  readonly #writer: GuardedWriter<S>;

  constructor(options: GuardedSearchIndexOptions<S>) {
    this.#index = options.index;
    this.#guard = options.guard;
    this.#writer = new GuardedWriter(options);
  }

  putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    return this.#writer.putIfNewer(records);
  }

  async get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    const indexed = await this.#index.get(keys);
    const absent = keys.filter((_, at) => indexed[at] === undefined);
    if (absent.length === 0) return indexed;
    const entries = await this.#guard.read(absent);
    const tombstones = new Map<string, VersionedRecord<S>>();
    for (const [at, key] of absent.entries()) {
      const entry = entries[at];
      if (entry?.deleted) tombstones.set(key, { key, version: entry.version, state: null });
    }
    return keys.map((key, at) => indexed[at] ?? tombstones.get(key));
  }

  scan(): AsyncIterable<VersionedRecord<S>[]> {
    return this.#index.scan();
  }
}
