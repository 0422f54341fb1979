import { type Clock, type State, UsageError, type VersionedRecord } from '../core/index.ts';
import type { PutOutcome } from '../store/versioned-store.ts';
import { INDEX_NOT_FOUND, OpenSearchError } from './opensearch-errors.ts';
import { prepareIndex, publishIndex, purgeTombstones } from './opensearch-lifecycle.ts';
import type { OpenSearchDefinition } from './opensearch-mapping.ts';
import { readByKey, scanInKeyOrder } from './opensearch-reader.ts';
import type { OpenSearchEndpoint } from './opensearch-requests.ts';
import { OpenSearchSearches } from './opensearch-searches.ts';
import { OpenSearchWriter, type OpenSearchWriterOptions } from './opensearch-writer.ts';
import type { SearchHit, SearchQuery, VersionedSearchIndex } from './search-index.ts';

export interface OpenSearchIndexOptions
  extends OpenSearchEndpoint,
    OpenSearchDefinition,
    Pick<OpenSearchWriterOptions, 'maxBulkBytes' | 'patience' | 'onBusy'> {
  /** Required. The index that is written, read by key and scanned; made with the first write. */
  readonly index: string;
  /** Required. The alias that searches go through: whatever else reads the documents should use it too. */
  readonly alias: string;
  readonly clock: Clock;
}

/**
 * An OpenSearch index under the write law, by the engine's own conditions. Documents are flat: the state's fields
 * beside `key` and, for a tombstone, `deleted` and `deletedAt`; the version is the engine's `_version`.
 * A fresh index is filled under another name while the alias shows the old one, and then published.
 */
export class OpenSearchIndex<S extends State = State> implements VersionedSearchIndex<S> {
  readonly #options: OpenSearchIndexOptions;
  readonly #writer: OpenSearchWriter<S>;
  readonly #searches: OpenSearchSearches<S>;
  #prepared: Promise<void> | undefined;

  constructor(options: OpenSearchIndexOptions) {
    this.#options = options;
    this.#writer = new OpenSearchWriter<S>(options);
    this.#searches = new OpenSearchSearches<S>(options);
  }

  /** Makes index and alias, unless they are there; once per instance, and once more after a failure. */
  prepare(): Promise<void> {
    this.#prepared ??= prepareIndex(this.#options, this.#options).catch((thrown: unknown) => {
      this.#prepared = undefined;
      throw thrown;
    });
    return this.#prepared;
  }

  async putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    // A bulk into an index that does not exist would make one, with a mapping guessed from the documents.
    await this.prepare();
    return this.#writer.putIfNewer(records);
  }

  async get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    const records = await readByKey<S>(this.#options, keys).catch((thrown) => this.#explain(thrown));
    return keys.map((key) => records.get(key));
  }

  async *scan(): AsyncIterable<VersionedRecord<S>[]> {
    try {
      yield* scanInKeyOrder<S>(this.#options);
    } catch (thrown) {
      this.#explain(thrown);
    }
  }

  search(query: SearchQuery): Promise<SearchHit<S>[]> {
    return this.#searches.search(query);
  }

  /** Points the alias at this index, and at no other. */
  async publish(): Promise<void> {
    await this.prepare();
    await publishIndex(this.#options);
  }

  /**
   * Removes tombstones that are older than `olderThanMs`: longer than the stream's retention plus the longest
   * backfill (law 3). Answers how many.
   */
  async purgeTombstones(olderThanMs: number): Promise<number> {
    await this.prepare();
    return purgeTombstones(this.#options, this.#options.clock.nowMs() - olderThanMs);
  }

  #explain(thrown: unknown): never {
    if (!(thrown instanceof OpenSearchError) || thrown.type !== INDEX_NOT_FOUND) throw thrown;
    const { index, endpoint } = this.#options;
    const message = `there is no index ${index} in OpenSearch at ${endpoint}: the first write makes it`;
    throw new UsageError(message, { code: 'no-such-index', cause: thrown });
  }
}
