import type { DiscardedBatch, FailureDestination } from './failure-destination.ts';

/** Keeps what it is sent, for tests. */
export class MemoryDestination implements FailureDestination {
  /** In the order in which they were discarded. */
  readonly received: DiscardedBatch[] = [];

  async send(discarded: DiscardedBatch): Promise<void> {
    this.received.push(discarded);
  }
}
