import { RejectError, type State, type VersionedRecord } from '../core/index.ts';
import type { PutOutcome, VersionedStore } from './versioned-store.ts';

const PAGE = 100;

interface Stored {
  readonly version: number;
  readonly json: string | null;
}

/** A versioned store in memory. States pass through JSON, so that nothing is shared with the caller. */
export class MemoryStore<S extends State = State> implements VersionedStore<S> {
  readonly #stored = new Map<string, Stored>();

  async putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    return records.map((record) => this.#put(record));
  }

  async get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    return keys.map((key) => this.#record(key));
  }

  async *scan(): AsyncIterable<VersionedRecord<S>[]> {
    const keys = [...this.#stored.keys()];
    for (let from = 0; from < keys.length; from += PAGE) {
      const page = keys.slice(from, from + PAGE).flatMap((key) => this.#record(key) ?? []);
      yield page.filter(({ state }) => state !== null);
    }
  }

  /** Forgets every tombstone, as a table whose time to live has passed, and answers their keys. */
  expireTombstones(): string[] {
    const keys = [...this.#stored].filter(([, { json }]) => json === null).map(([key]) => key);
    for (const key of keys) this.#stored.delete(key);
    return keys;
  }

  #put({ key, version, state }: VersionedRecord<S>): PutOutcome {
    let json: string | null;
    try {
      json = state && JSON.stringify(state);
    } catch (cause) {
      return new RejectError(`the state of ${key} is not JSON`, { cause });
    }
    const stored = this.#stored.get(key);
    if (stored && stored.version >= version) return 'stale';
    this.#stored.set(key, { version, json });
    return 'written';
  }

  #record(key: string): VersionedRecord<S> | undefined {
    const stored = this.#stored.get(key);
    return (
      stored && { key, version: stored.version, state: stored.json === null ? null : JSON.parse(stored.json) }
    );
  }
}
