import type { RejectError, State, VersionedRecord } from '../../../services/core/index.ts';
import type { PutOutcome, VersionedStore } from '../../../services/store/versioned-store.ts';

/** Says what a store would do with records, and writes nothing. */
export class DryStore<S extends State = State> implements VersionedStore<S> {
  readonly #store: VersionedStore<S>;
  readonly #check: (record: VersionedRecord<S>) => RejectError | undefined;

  /** `check`: Required. Why the store can never take a record; what it cannot tell, only a write will. */
  constructor(options: {
    store: VersionedStore<S>;
    check: (record: VersionedRecord<S>) => RejectError | undefined;
  }) {
    this.#store = options.store;
    this.#check = options.check;
  }

  async putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    const stored = await this.#store.get(records.map(({ key }) => key));
    return records.map((record, i) => {
      const refused = this.#check(record);
      if (refused) return refused;
      const held = stored[i];
      return held && held.version >= record.version ? 'stale' : 'written';
    });
  }

  get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    return this.#store.get(keys);
  }

  scan(): AsyncIterable<VersionedRecord<S>[]> {
    return this.#store.scan();
  }
}
