import type { UnexplainedWrite } from './find-unexplained.ts';
import { type RecordedWrite, siteAmong } from './recorded-write.ts';
import type { WriteSite, WriteSites } from './write-sites.ts';

/** The last writes of this process: for a watch that runs within the application. */
export class MemoryWriteSites implements WriteSites {
  readonly #writes: RecordedWrite[] = [];
  readonly #capacity: number;

  /** `capacity`: Optional: defaults to 10,000 writes; older ones are forgotten. */
  constructor(options: { capacity?: number } = {}) {
    this.#capacity = options.capacity ?? 10_000;
  }

  async add(writes: readonly RecordedWrite[]): Promise<void> {
    this.#writes.push(...writes);
    // In parts, since each time moves the rest.
    if (this.#writes.length >= 2 * this.#capacity)
      this.#writes.splice(0, this.#writes.length - this.#capacity);
  }

  async find(write: UnexplainedWrite): Promise<WriteSite | undefined> {
    return siteAmong(this.#writes, write);
  }
}
