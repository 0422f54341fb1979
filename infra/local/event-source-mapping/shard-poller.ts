import { createHash } from 'node:crypto';
import { messageOf } from '../../../services/core/index.ts';
import type { PendingRecord } from './batch.ts';
import type { ShardCheckpoint } from './checkpoints/shard-checkpoints.ts';
import { Lane, type LaneOptions } from './lane.ts';
import { retryDelayMs } from './retry-backoff.ts';
import { ShardFrontier } from './shard-frontier.ts';
import { eventRecord } from './stream-event.ts';
import {
  IteratorExpiredError,
  type Position,
  ShardGoneError,
  type StreamReader,
  type StreamRecord,
} from './streams/stream-reader.ts';

/** "Each shard can support up to five read transactions per second", and 10,000 records in each. */
const FASTEST_POLL_MS = 200;
const MOST_RECORDS_PER_READ = 10_000;
const USEFUL_READ = 2_000;
const MOST_BYTES_AHEAD = 32 * 1024 * 1024;

export interface ShardPollerOptions extends Omit<LaneOptions, 'onDone'> {
  readonly stream: StreamReader;
  /** Where to begin; LATEST is replaced by where it was once it has been resolved. */
  readonly position: Position;
  readonly roleArn: string;
  /** How often a shard is read that has nothing new. */
  readonly pollMs: number;
  readonly onCheckpoint: (checkpoint: ShardCheckpoint) => void;
  /** Called when lanes may have something to do, or reading may go on. */
  readonly onWork: () => void;
}

/** Reads one shard and hands its records to lanes, each of which delivers in order. */
export class ShardPoller {
  readonly lanes: readonly Lane[];
  readonly #options: ShardPollerOptions;
  readonly #frontier = new ShardFrontier();
  readonly #readAheadLimit: number;
  #position: Position;
  #iterator: string | undefined;
  #closed = false;
  #behindMs = 0;
  #nextReadAtMs = 0;
  #errorsInARow = 0;

  constructor(options: ShardPollerOptions) {
    this.#options = options;
    this.#position = options.position;
    const { parallelizationFactor, batchSize } = options.settings;
    this.#readAheadLimit = Math.min(
      Math.max(2 * batchSize * parallelizationFactor, USEFUL_READ),
      MOST_RECORDS_PER_READ,
    );
    this.lanes = Array.from(
      { length: parallelizationFactor },
      () => new Lane({ ...options, onDone: () => this.#onDone() }),
    );
  }

  /** Whether the shard was closed, and everything in it is done. */
  get ended(): boolean {
    return this.#closed && this.#frontier.size === 0;
  }

  /** The age of the oldest record that is not done; 0 when the shard is caught up. */
  iteratorAgeMs(nowMs: number): number {
    const oldest = this.#frontier.oldest;
    return oldest ? Math.max(nowMs - oldest.arrivedAtMs, 0) : this.#behindMs;
  }

  /** Opens the shard, so that LATEST means now. */
  async open(): Promise<void> {
    if (this.#iterator !== undefined) return;
    this.#iterator = await this.#options.stream.iterator(this.#options.shardId, this.#position);
    if (this.#position.at !== 'LATEST') return;
    this.#position = { at: 'AT_TIMESTAMP', timestampMs: this.#options.clock.nowMs() };
    this.#options.onCheckpoint(this.#position);
  }

  /**
   * Reads once if it is time to and there is room. Answers after how many milliseconds to call again; infinity
   * for when there is room.
   */
  async step(): Promise<number> {
    const room = this.#readAheadLimit - this.#frontier.size;
    const isFull = room <= 0 || this.#frontier.bytes >= MOST_BYTES_AHEAD;
    if (this.#closed || isFull) return Number.POSITIVE_INFINITY;
    const nowMs = this.#options.clock.nowMs();
    if (this.#nextReadAtMs > nowMs) return this.#nextReadAtMs - nowMs;
    const waitMs = await this.#readOrRecover(room);
    this.#nextReadAtMs = nowMs + waitMs;
    return waitMs;
  }

  async #readOrRecover(room: number): Promise<number> {
    const { shardId, clock, counters, backoff } = this.#options;
    try {
      await this.open();
      const waitMs = await this.#read(room);
      this.#errorsInARow = 0;
      return waitMs;
    } catch (thrown) {
      if (thrown instanceof ShardGoneError) return this.#end();
      this.#iterator = undefined;
      if (thrown instanceof IteratorExpiredError) return 0;
      this.#errorsInARow += 1;
      counters.lastError = { atMs: clock.nowMs(), message: `reading ${shardId}: ${messageOf(thrown)}` };
      return Math.max(retryDelayMs(backoff, this.#errorsInARow), FASTEST_POLL_MS);
    }
  }

  async #read(room: number): Promise<number> {
    const { pollMs, stream } = this.#options;
    const result = await stream.read(this.#iterator ?? '', room);
    this.#iterator = result.nextIterator;
    this.#behindMs = result.behindMs;
    const last = result.records.at(-1);
    if (last) this.#position = { at: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last.sequenceNumber };
    this.#accept(result.records);
    if (result.nextIterator === undefined) return this.#end();
    return last && result.behindMs > 0 ? Math.min(FASTEST_POLL_MS, pollMs) : pollMs;
  }

  #accept(records: readonly StreamRecord[]): void {
    if (records.length === 0) return;
    const pending = records.map((record) => this.#pending(record));
    this.#frontier.add(pending);
    for (const record of pending) {
      if (record.event) this.#laneOf(record.event.kinesis.partitionKey)?.add(record);
    }
    this.#onDone();
  }

  /** What no filter lets through is behind us at once: "the streams iterator advances past this record". */
  #pending(record: StreamRecord): PendingRecord {
    const { settings, shardId, roleArn, counters } = this.#options;
    const { sequenceNumber, arrivedAtMs } = record;
    if (!settings.accepts(record)) {
      counters.recordsFiltered += 1;
      return { sequenceNumber, arrivedAtMs, event: undefined, bytes: 0, done: true };
    }
    const event = eventRecord(record, { streamArn: settings.streamArn, shardId, roleArn });
    const bytes = Buffer.byteLength(JSON.stringify(event));
    return { sequenceNumber, arrivedAtMs, event, bytes, done: false };
  }

  /**
   * "Each parallelized shard contains messages with the same partition key", so that a key's records stay in order.
   * https://aws.amazon.com/blogs/compute/new-aws-lambda-scaling-controls-for-kinesis-and-dynamodb-event-sources/
   */
  #laneOf(partitionKey: string): Lane | undefined {
    if (this.lanes.length === 1) return this.lanes[0];
    return this.lanes[createHash('md5').update(partitionKey).digest().readUInt32BE() % this.lanes.length];
  }

  #end(): number {
    this.#closed = true;
    this.#behindMs = 0;
    this.#onDone();
    return Number.POSITIVE_INFINITY;
  }

  #onDone(): void {
    const moved = this.#frontier.advance();
    const sequenceNumber = this.#frontier.doneUpTo;
    if (this.ended) this.#options.onCheckpoint({ at: 'SHARD_END' });
    else if (moved && sequenceNumber !== undefined) {
      this.#options.onCheckpoint({ at: 'AFTER_SEQUENCE_NUMBER', sequenceNumber });
    }
    this.#options.onWork();
  }
}
