import type { State, VersionedRecord } from '../core/index.ts';

/** Where a store's records come from, key by key: the source of one move, read and transformed. */
export interface RecordSource<S extends State = State> {
  /**
   * What the source says of `keys` now, in their order: a tombstone for a key whose deletion it knows,
   * `undefined` for one that it never had.
   * @throws RejectError when a document can never be transformed.
   */
  read(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]>;
}
