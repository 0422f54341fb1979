import { createHash } from 'node:crypto';
import { type Clock, UsageError } from '../../../../services/core/index.ts';
import {
  IteratorExpiredError,
  type Position,
  type ReadResult,
  type Shard,
  ShardGoneError,
  type StreamDescription,
  type StreamReader,
  type StreamRecord,
} from './stream-reader.ts';

const HASH_KEYS = 2n ** 128n;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
const ITERATOR_LIFETIME_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;

/** A stream as it begins. */
export interface MemoryStreamOptions {
  /** Required. Stamps arrivals, and expires records and iterators. */
  readonly clock: Clock;
  /** Optional: defaults to 1. */
  readonly shards?: number;
  /** Optional: defaults to 24 hours. */
  readonly retentionMs?: number;
}

interface MemoryShard extends Shard {
  readonly firstHashKey: bigint;
  /** Exclusive. */
  readonly endHashKey: bigint;
  closed: boolean;
  readonly records: StreamRecord[];
  /** Records that fell out of the retention: offsets count them too. */
  trimmed: number;
}

/** A Kinesis stream in memory: hash keys, retention, and shards that split and merge as the real ones do. */
export class MemoryStream implements StreamReader {
  readonly #clock: Clock;
  readonly #retentionMs: number;
  readonly #shards = new Map<string, MemoryShard>();
  #nextSequence = 1n;
  #nextShard = 0;

  constructor(options: MemoryStreamOptions) {
    this.#clock = options.clock;
    this.#retentionMs = options.retentionMs ?? DAY_MS;
    const count = BigInt(options.shards ?? 1);
    for (let index = 0n; index < count; index += 1n) {
      this.#add([], (HASH_KEYS * index) / count, (HASH_KEYS * (index + 1n)) / count);
    }
  }

  /** Appends a record to the open shard that its partition key's MD5 falls into. */
  put(record: { readonly partitionKey: string; readonly data: string | Uint8Array }): {
    readonly shardId: string;
    readonly sequenceNumber: string;
  } {
    const hashKey = BigInt(`0x${createHash('md5').update(record.partitionKey).digest('hex')}`);
    const shard = this.#openShards().find((it) => it.firstHashKey <= hashKey && hashKey < it.endHashKey);
    if (!shard) throw new UsageError(`no open shard takes ${record.partitionKey}`);
    const sequenceNumber = String(this.#nextSequence++).padStart(20, '0');
    const data = typeof record.data === 'string' ? Buffer.from(record.data) : record.data;
    shard.records.push({
      sequenceNumber,
      partitionKey: record.partitionKey,
      data,
      arrivedAtMs: this.#clock.nowMs(),
    });
    return { shardId: shard.id, sequenceNumber };
  }

  /** Closes a shard and opens two in its place. */
  split(shardId: string): readonly [string, string] {
    const parent = this.#openShard(shardId);
    const middle = (parent.firstHashKey + parent.endHashKey) / 2n;
    parent.closed = true;
    return [
      this.#add([shardId], parent.firstHashKey, middle),
      this.#add([shardId], middle, parent.endHashKey),
    ];
  }

  /** Closes two adjacent shards and opens one in their place. */
  merge(shardId: string, adjacentShardId: string): string {
    const parents = [this.#openShard(shardId), this.#openShard(adjacentShardId)] as const;
    const [low, high] = parents[0].firstHashKey < parents[1].firstHashKey ? parents : parents.toReversed();
    if (!low || !high || low.endHashKey !== high.firstHashKey) {
      throw new UsageError(`${shardId} and ${adjacentShardId} are not adjacent`);
    }
    low.closed = true;
    high.closed = true;
    return this.#add([shardId, adjacentShardId], low.firstHashKey, high.endHashKey);
  }

  /** The shards that take records, in the order of their hash keys. */
  openShardIds(): string[] {
    return this.#openShards()
      .sort((a, b) => (a.firstHashKey < b.firstHashKey ? -1 : 1))
      .map((shard) => shard.id);
  }

  async describe(): Promise<StreamDescription> {
    const shards = [...this.#shards.values()].map(({ id, parentIds, closed }) => ({ id, parentIds, closed }));
    return { shards, retentionMs: this.#retentionMs };
  }

  async iterator(shardId: string, position: Position): Promise<string> {
    const shard = this.#trimmedShard(shardId);
    return this.#iteratorAt(shardId, shard.trimmed + indexOf(shard, position));
  }

  async read(iterator: string, limit: number): Promise<ReadResult> {
    const [shardId = '', offset, madeAtMs] = iterator.split('@');
    const now = this.#clock.nowMs();
    if (now - Number(madeAtMs) > ITERATOR_LIFETIME_MS) throw new IteratorExpiredError();
    const shard = this.#trimmedShard(shardId);
    const from = Math.max(Number(offset) - shard.trimmed, 0);
    const records = shard.records.slice(from, from + limit);
    const next = shard.records[from + records.length];
    return {
      records,
      nextIterator:
        shard.closed && !next ? undefined : this.#iteratorAt(shardId, shard.trimmed + from + records.length),
      behindMs: next ? Math.max(now - next.arrivedAtMs, 1) : 0,
    };
  }

  #iteratorAt(shardId: string, offset: number): string {
    return [shardId, offset, this.#clock.nowMs()].join('@');
  }

  #add(parentIds: readonly string[], firstHashKey: bigint, endHashKey: bigint): string {
    const id = `shardId-${String(this.#nextShard++).padStart(12, '0')}`;
    this.#shards.set(id, {
      id,
      parentIds,
      firstHashKey,
      endHashKey,
      closed: false,
      records: [],
      trimmed: 0,
    });
    return id;
  }

  #openShards(): MemoryShard[] {
    return [...this.#shards.values()].filter((shard) => !shard.closed);
  }

  #openShard(shardId: string): MemoryShard {
    const shard = this.#shards.get(shardId);
    if (!shard || shard.closed) throw new UsageError(`there is no open shard ${shardId}`);
    return shard;
  }

  #trimmedShard(shardId: string): MemoryShard {
    const shard = this.#shards.get(shardId);
    if (!shard) throw new ShardGoneError(shardId);
    const expiredBefore = this.#clock.nowMs() - this.#retentionMs;
    const kept = shard.records.findIndex((record) => record.arrivedAtMs >= expiredBefore);
    shard.trimmed += shard.records.splice(0, kept < 0 ? shard.records.length : kept).length;
    return shard;
  }
}

const indexOf = (shard: MemoryShard, position: Position): number => {
  const firstAt = (matches: (record: StreamRecord) => boolean) => {
    const index = shard.records.findIndex(matches);
    return index < 0 ? shard.records.length : index;
  };
  switch (position.at) {
    case 'TRIM_HORIZON':
      return 0;
    case 'LATEST':
      return shard.records.length;
    case 'AT_TIMESTAMP':
      return firstAt((record) => record.arrivedAtMs >= position.timestampMs);
    case 'AFTER_SEQUENCE_NUMBER':
      return firstAt((record) => BigInt(record.sequenceNumber) > BigInt(position.sequenceNumber));
  }
};
