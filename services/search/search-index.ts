import type { RejectError, State, VersionedRecord } from '../core/index.ts';
import type { VersionedStore } from '../store/versioned-store.ts';

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

/** What makes one document a better answer than another. */
export interface SearchRanking {
  /** The text field whose equality with the whole query puts a document first. */
  readonly exactField: string;
  /** Text field → what a match in it is worth. Words are looked for in these fields only. */
  readonly weights: { readonly [field: string]: number };
  /** A number field: ten times as much makes a document worth a quarter more; a negative number counts as 0. */
  readonly popularityField: string;
}

/** The part of an index that people ask. */
export interface Searches<S extends State = State> {
  /** The best documents first; every word of the query is found in each. None for a query without words. */
  search(query: SearchQuery): Promise<SearchHit<S>[]>;
}

/** The part of an index that is written to. */
export interface SearchIndexWriter<S extends State = State> {
  /**
   * Adds each record, or deletes its document where it has no state, whatever is stored; a key comes once per
   * call. `undefined` for a record that was accepted, or why it can never be.
   * Sends nothing once `signal` is aborted, and gives up what is under way.
   * @throws BanyanError, `retryable`, when the index could not take the batch: any part of it may have been taken.
   */
  write(records: readonly VersionedRecord<S>[], signal?: AbortSignal): Promise<(undefined | RejectError)[]>;
}

/**
 * A search index without conditional writes: whoever writes here stands behind a `VersionGuard` (law 1).
 * Writes become visible to readers eventually.
 */
export interface SearchIndex<S extends State = State> extends SearchIndexWriter<S>, Searches<S> {
  /** The indexed documents of `keys`, in their order; `undefined` for what is not there. */
  get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]>;
  /** Every document, page by page. */
  scan(): AsyncIterable<VersionedRecord<S>[]>;
}

/**
 * A search index with conditional writes of its own: it needs no guard, and knows its tombstones. `get` and a scan
 * that starts later see a write at once, searches eventually.
 */
export interface VersionedSearchIndex<S extends State = State> extends VersionedStore<S>, Searches<S> {}
