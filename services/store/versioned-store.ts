import type { RejectError, State, VersionedRecord } from '../core/index.ts';

/**
 * What became of one record: `written`, `stale` (the store already had this version or a higher one), or the
 * reason why this record can never be stored.
 */
export type PutOutcome = 'written' | 'stale' | RejectError;

/** A store that obeys the write law (law 1): nothing is ever replaced by something older. */
export interface VersionedStore<S extends State = State> {
  /**
   * Stores each record whose version is higher than the stored one; a missing version is lower than any.
   * Answers one outcome per record, in order; several records of one key end at the highest version.
   * Repeating a call is harmless. A record without state is stored as a tombstone.
   * @throws BanyanError, `retryable`, when the store could not take the batch: any part of it may have been written.
   */
  putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]>;
  /**
   * The stored records of `keys`, in their order; `undefined` for what is not there. Tombstones are answered
   * as long as they live, except by a store whose tombstones live in a `VersionGuard`: it answers `undefined`.
   */
  get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]>;
  /** Everything live (no tombstones), page by page, in the store's own order. */
  scan(): AsyncIterable<VersionedRecord<S>[]>;
}
