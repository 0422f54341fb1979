import type { State, VersionedRecord } from '../core/index.ts';
import type { RecordSource } from './record-source.ts';
import type { VersionedStore } from './versioned-store.ts';
import { type CopyReport, WriteThrough } from './write-through.ts';

export interface ReadThroughOptions<S extends State> {
  readonly store: VersionedStore<S>;
  /** Required. The authority behind the store. */
  readonly source: RecordSource<S>;
  /** Required. Told about every fill of the store. */
  readonly report: CopyReport;
}

/**
 * Reads from the store, and on a miss from the source, filling the store under the write law: a fill that comes
 * late, after a newer write or a deletion, changes nothing (law 1).
 */
export class ReadThrough<S extends State = State> {
  readonly #store: VersionedStore<S>;
  readonly #source: RecordSource<S>;
  readonly #fill: WriteThrough<S>;
  readonly #misses = new Map<string, Promise<VersionedRecord<S> | undefined>>();

  constructor({ store, source, report }: ReadThroughOptions<S>) {
    this.#store = store;
    this.#source = source;
    this.#fill = new WriteThrough({ store, report });
  }

  /**
   * The record of `key`: a tombstone where it is known to be deleted, `undefined` where nothing is known of it.
   * Misses of one key at once share one read of the source.
   * @throws whatever the source throws, or the store's read: only a failed fill is no failure.
   */
  async get(key: string): Promise<VersionedRecord<S> | undefined> {
    const [stored] = await this.#store.get([key]);
    if (stored) return stored;
    const underWay = this.#misses.get(key);
    if (underWay) return underWay;
    const miss = this.#read(key).finally(() => this.#misses.delete(key));
    this.#misses.set(key, miss);
    return miss;
  }

  async #read(key: string): Promise<VersionedRecord<S> | undefined> {
    const [record] = await this.#source.read([key]);
    if (!record || (await this.#fill.copy(record)) !== 'stale') return record;
    // Something newer came in between; others may have read it already, so it is the answer.
    const [newer] = await this.#store.get([key]);
    return newer;
  }
}
