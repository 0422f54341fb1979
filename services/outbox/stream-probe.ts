import { randomUUID } from 'node:crypto';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  type PutRecordCommandOutput,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { BanyanError, type Clock, PROBE_TYPE } from '../core/index.ts';

const HOUR_MS = 60 * 60 * 1000;
const READ_EVERY_MS = 200;
const READ_TIMEOUT_MS = 30_000;

/** Which stream is probed. */
export interface ProbeOptions {
  /** Required. With a `NodeHttpHandler`. */
  readonly client: KinesisClient;
  /** Required. The Kinesis stream's own name. */
  readonly stream: string;
  readonly clock: Clock;
}

/**
 * Puts a probe on every open shard and answers the earliest time at which one arrived, by the stream's own
 * clock, in milliseconds: whatever is put on the stream from now on arrives at that time or later. That is
 * where a consumer starts that replays what happened during a copy.
 * @throws BanyanError `probe-lost`, `retryable`, when a probe cannot be read back.
 */
export const putProbe = async (options: ProbeOptions): Promise<number> => {
  const shards = await openShards(options);
  const arrivals = await Promise.all(
    shards.map(async (shard) => arrivalMs(options, await putOn(options, shard))),
  );
  return Math.min(...arrivals);
};

/** How long a stream keeps its records, in milliseconds: a replay must begin before the first one is gone. */
export const retentionMs = async ({ client, stream }: Omit<ProbeOptions, 'clock'>): Promise<number> => {
  const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
  return (answer.StreamDescriptionSummary?.RetentionPeriodHours ?? 0) * HOUR_MS;
};

const openShards = async ({ client, stream }: ProbeOptions): Promise<Shard[]> => {
  const shards: Shard[] = [];
  let next: string | undefined;
  do {
    const page = await client.send(
      new ListShardsCommand(next ? { NextToken: next } : { StreamName: stream }),
    );
    shards.push(...(page.Shards ?? []));
    next = page.NextToken;
  } while (next);
  return shards.filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined);
};

const putOn = ({ client, stream, clock }: ProbeOptions, shard: Shard): Promise<PutRecordCommandOutput> => {
  const event = {
    specversion: '1.0',
    id: randomUUID(),
    source: '/banyan',
    type: PROBE_TYPE,
    subject: PROBE_TYPE,
    time: new Date(clock.nowMs()).toISOString(),
    version: '0',
    data: { _id: PROBE_TYPE },
  };
  return client.send(
    new PutRecordCommand({
      StreamName: stream,
      PartitionKey: PROBE_TYPE,
      ExplicitHashKey: shard.HashKeyRange?.StartingHashKey,
      Data: new TextEncoder().encode(JSON.stringify(event)),
    }),
  );
};

/** Reads a probe back: the answer to a put does not say when it arrived. */
const arrivalMs = async (options: ProbeOptions, put: PutRecordCommandOutput): Promise<number> => {
  const { client, stream, clock } = options;
  const giveUpAtMs = clock.nowMs() + READ_TIMEOUT_MS;
  const first = await client.send(
    new GetShardIteratorCommand({
      StreamName: stream,
      ShardId: put.ShardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      StartingSequenceNumber: put.SequenceNumber,
    }),
  );
  let iterator = first.ShardIterator;
  while (iterator && clock.nowMs() < giveUpAtMs) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 1 }));
    const arrived = page.Records?.[0]?.ApproximateArrivalTimestamp;
    if (arrived) return arrived.getTime();
    iterator = page.NextShardIterator;
    await clock.sleep(READ_EVERY_MS);
  }
  const message = `the probe on ${put.ShardId} of ${stream} could not be read back`;
  throw new BanyanError('probe-lost', message, { retryable: true });
};
