/** One record to put on a stream: at most 1 MiB with its key. */
export interface StreamEntry {
  /** The entity key, which is the partition key: one key's records stay in order within a shard. */
  readonly key: string;
  /** One event as JSON, or an array of a key's events in their order. */
  readonly data: string;
}

/** `undefined` for an entry that the stream has, or why it does not have it (yet). */
export type SendOutcome = undefined | Error;

/** Where the relay publishes to: Kinesis, or memory in tests. */
export interface EventStream {
  /**
   * Sends entries of one stream; each succeeds or fails by itself, and their order is not guaranteed (which is
   * why the scheduler never sends two of one key at once).
   * @throws BanyanError, `retryable`, when the whole request failed; any part of it may have arrived.
   */
  send(stream: string, entries: readonly StreamEntry[]): Promise<SendOutcome[]>;
}
