import type { PendingRecord } from './batch.ts';

const COMPACT_AT = 1_024;

/**
 * The records of one shard that were read, in their order, up to the first that is not done: batches of different
 * keys finish in any order, but a checkpoint covers contiguous work only (law 7).
 */
export class ShardFrontier {
  readonly #records: PendingRecord[] = [];
  #head = 0;
  #doneUpTo: string | undefined;
  #bytes = 0;

  /** Records that are not behind the frontier yet. */
  get size(): number {
    return this.#records.length - this.#head;
  }

  /** The events of those records, as JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The last record before which nothing is left to do; undefined while there is none. */
  get doneUpTo(): string | undefined {
    return this.#doneUpTo;
  }

  /** The oldest record that is not done. */
  get oldest(): PendingRecord | undefined {
    return this.#records[this.#head];
  }

  add(records: readonly PendingRecord[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += record.bytes;
    }
  }

  /** Moves past what is done; whether it moved. */
  advance(): boolean {
    const before = this.#doneUpTo;
    for (let record = this.oldest; record?.done; record = this.oldest) {
      this.#doneUpTo = record.sequenceNumber;
      this.#bytes -= record.bytes;
      this.#head += 1;
    }
    if (this.#head >= COMPACT_AT) {
      this.#records.splice(0, this.#head);
      this.#head = 0;
    }
    return this.#doneUpTo !== before;
  }
}
