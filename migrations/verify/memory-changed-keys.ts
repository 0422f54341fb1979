import type { ChangedKeys } from './changed-keys.ts';

/** Changes in memory, for tests: those that were noted, whatever the position. */
export class MemoryChangedKeys implements ChangedKeys {
  readonly #batches: (readonly string[])[] = [];

  note(...keys: readonly string[]): void {
    this.#batches.push(keys);
  }

  async *since(): AsyncIterable<readonly string[]> {
    yield* this.#batches;
  }
}
