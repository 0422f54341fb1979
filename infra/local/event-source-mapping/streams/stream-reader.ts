import { BanyanError } from '../../../../services/core/index.ts';

/** A record as a stream holds it. */
export interface StreamRecord {
  /** Decimal digits, increasing within a shard. */
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** By the stream's clock. */
  readonly arrivedAtMs: number;
}

/** A part of a stream, which orders its records. */
export interface Shard {
  readonly id: string;
  /** The shard or the two shards that it came from; they may be gone from the stream. */
  readonly parentIds: readonly string[];
  /** A closed shard takes no more records: it was split or merged. */
  readonly closed: boolean;
}

/** Where in a shard reading starts. Kinesis' own iterator types, less AT_SEQUENCE_NUMBER. */
export type Position =
  | { readonly at: 'TRIM_HORIZON' }
  | { readonly at: 'LATEST' }
  | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number }
  | { readonly at: 'AFTER_SEQUENCE_NUMBER'; readonly sequenceNumber: string };

/** What a stream consists of. */
export interface StreamDescription {
  /** Every shard whose records may still be read, closed ones included. */
  readonly shards: readonly Shard[];
  /** How long it keeps a record. */
  readonly retentionMs: number;
}

/** What one read brought. */
export interface ReadResult {
  readonly records: readonly StreamRecord[];
  /** Where to go on; undefined once a closed shard was read to its end. */
  readonly nextIterator: string | undefined;
  /** How far behind the shard's tip this read was; 0 when it is caught up. */
  readonly behindMs: number;
}

/** A Kinesis stream, read by shared-throughput iterators: the SDK's client, or memory. */
export interface StreamReader {
  /** As of now. */
  describe(): Promise<StreamDescription>;
  /** An iterator, good for five minutes. */
  iterator(shardId: string, position: Position): Promise<string>;
  /**
   * Up to `limit` records, at most 10,000.
   * @throws IteratorExpiredError: open another one after the last record that was read.
   * @throws ShardGoneError when the shard is there no more.
   */
  read(iterator: string, limit: number): Promise<ReadResult>;
}

/** The iterator is older than five minutes (or its stream was restarted). */
export class IteratorExpiredError extends BanyanError {
  constructor(options: { cause?: unknown } = {}) {
    super('iterator-expired', 'the shard iterator has expired', { retryable: true, cause: options.cause });
  }
}

/** The shard is gone, with every record it had: everything in it is past the stream's retention. */
export class ShardGoneError extends BanyanError {
  /** The shard that is gone. */
  readonly shardId: string;

  constructor(shardId: string, options: { cause?: unknown } = {}) {
    super('shard-gone', `the stream no longer has ${shardId}`, { cause: options.cause });
    this.shardId = shardId;
  }
}
