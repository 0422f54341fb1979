import type { State, VersionedRecord } from '../core/index.ts';
import type { RecordSource } from './record-source.ts';

/** A record source in memory, for tests: what was set last, read as often as told. */
export class MemoryRecordSource<S extends State = State> implements RecordSource<S> {
  readonly #records = new Map<string, VersionedRecord<S>>();

  set(record: VersionedRecord<S>): void {
    this.#records.set(record.key, record);
  }

  async read(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    return keys.map((key) => this.#records.get(key));
  }
}
