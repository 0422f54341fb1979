import type { RejectError, State, VersionedRecord } from '../core/index.ts';

/** One document found, best first. */
export interface SearchHit<S extends State = State> {
  readonly key: string;
  readonly score: number;
  readonly state: S;
}

export interface SearchQuery {
  /** The words as the user typed them; the last one may be the beginning of a word. */
  readonly text: string;
  readonly limit: number;
}

/**
 * A search index without conditional writes: whoever writes here stands behind a `VersionGuard` (law 1).
 * Writes become visible to readers eventually.
 */
export interface SearchIndex<S extends State = State> {
  /**
   * Adds each record, or deletes its document where it has no state, whatever is stored. `undefined` for a
   * record that was accepted, or why it can never be.
   * @throws BanyanError, `retryable`, when the index could not take the batch.
   */
  write(records: readonly VersionedRecord<S>[]): Promise<(undefined | RejectError)[]>;
  /** The indexed documents of `keys`, in their order; `undefined` for what is not there. */
  get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]>;
  /** Every document, page by page. */
  scan(): AsyncIterable<VersionedRecord<S>[]>;
  search(query: SearchQuery): Promise<SearchHit<S>[]>;
}
