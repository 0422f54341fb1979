import {
  DescribeStreamSummaryCommand,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type Shard as KinesisShard,
  ListShardsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import {
  IteratorExpiredError,
  type Position,
  type ReadResult,
  type Shard,
  ShardGoneError,
  type StreamDescription,
  type StreamReader,
} from './stream-reader.ts';

const HOUR_MS = 3_600_000;

/**
 * A stream behind any Kinesis endpoint. Give the client the `NodeHttpHandler`: its HTTP/2 default breaks on
 * emulators. Errors that are not told apart here are the SDK's own.
 */
export class KinesisStreamReader implements StreamReader {
  readonly #client: KinesisClient;
  readonly #streamArn: string;

  constructor(options: { readonly client: KinesisClient; readonly streamArn: string }) {
    this.#client = options.client;
    this.#streamArn = options.streamArn;
  }

  async describe(): Promise<StreamDescription> {
    const summary = await this.#client.send(new DescribeStreamSummaryCommand({ StreamARN: this.#streamArn }));
    const shards: Shard[] = [];
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListShardsCommand(token ? { NextToken: token } : { StreamARN: this.#streamArn }),
      );
      shards.push(...(page.Shards ?? []).map(shardOf));
      token = page.NextToken;
    } while (token);
    const hours = summary.StreamDescriptionSummary?.RetentionPeriodHours ?? 24;
    return { shards, retentionMs: hours * HOUR_MS };
  }

  async iterator(shardId: string, position: Position): Promise<string> {
    try {
      const answer = await this.#client.send(
        new GetShardIteratorCommand({ StreamARN: this.#streamArn, ShardId: shardId, ...typeOf(position) }),
      );
      return `${shardId} ${answer.ShardIterator ?? ''}`;
    } catch (thrown) {
      throw thrown instanceof ResourceNotFoundException ? await this.#whatIsGone(shardId, thrown) : thrown;
    }
  }

  async read(iterator: string, limit: number): Promise<ReadResult> {
    const [shardId = '', kinesisIterator = ''] = iterator.split(' ');
    try {
      const answer = await this.#client.send(
        new GetRecordsCommand({ ShardIterator: kinesisIterator, Limit: limit, StreamARN: this.#streamArn }),
      );
      return {
        records: (answer.Records ?? []).map((record) => ({
          sequenceNumber: record.SequenceNumber ?? '',
          partitionKey: record.PartitionKey ?? '',
          data: record.Data ?? new Uint8Array(),
          arrivedAtMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
        })),
        nextIterator: answer.NextShardIterator ? `${shardId} ${answer.NextShardIterator}` : undefined,
        behindMs: answer.MillisBehindLatest ?? 0,
      };
    } catch (thrown) {
      if (thrown instanceof ExpiredIteratorException) throw new IteratorExpiredError({ cause: thrown });
      throw thrown instanceof ResourceNotFoundException ? await this.#whatIsGone(shardId, thrown) : thrown;
    }
  }

  /** "Not found" is the shard's end only while the stream itself is there: a stream may be made anew. */
  async #whatIsGone(shardId: string, thrown: ResourceNotFoundException): Promise<Error> {
    const { shards } = await this.describe();
    return shards.some((shard) => shard.id === shardId)
      ? thrown
      : new ShardGoneError(shardId, { cause: thrown });
  }
}

const shardOf = (shard: KinesisShard): Shard => ({
  id: shard.ShardId ?? '',
  parentIds: [shard.ParentShardId, shard.AdjacentParentShardId].filter((id) => id !== undefined),
  closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
});

const typeOf = (
  position: Position,
): Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'> => {
  switch (position.at) {
    case 'AFTER_SEQUENCE_NUMBER':
      return { ShardIteratorType: position.at, StartingSequenceNumber: position.sequenceNumber };
    case 'AT_TIMESTAMP':
      return { ShardIteratorType: position.at, Timestamp: new Date(position.timestampMs) };
    default:
      return { ShardIteratorType: position.at };
  }
};
