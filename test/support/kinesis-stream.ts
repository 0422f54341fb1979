import { randomUUID } from 'node:crypto';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { StreamEntry } from '../../services/outbox/index.ts';
import { freshAws } from './engines.ts';
import { eventually } from './eventually.ts';

/** A client of an account of its own. */
export const kinesisClient = (aws = freshAws()): KinesisClient =>
  new KinesisClient({ ...aws, requestHandler: new NodeHttpHandler() });

/** Creates a stream, under a name nobody else uses unless one is given, and answers the name. */
export const createStream = async (
  client: KinesisClient,
  shards = 1,
  StreamName = `test-${randomUUID()}`,
): Promise<string> => {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: shards }));
  await eventually(async () => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    if (StreamDescriptionSummary?.StreamStatus !== 'ACTIVE') throw new Error(`${StreamName} is not active`);
  });
  return StreamName;
};

/** Everything a stream has, shard by shard in the order of each. */
export const readStream = async (client: KinesisClient, stream: string): Promise<StreamEntry[]> => {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
  const entries: StreamEntry[] = [];
  for (const { ShardId } of Shards) {
    const start = { StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
    let { ShardIterator } = await client.send(new GetShardIteratorCommand(start));
    while (ShardIterator) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator }));
      const records = page.Records ?? [];
      entries.push(
        ...records.map(({ PartitionKey = '', Data }) => ({
          key: PartitionKey,
          data: new TextDecoder().decode(Data),
        })),
      );
      ShardIterator = records.length > 0 ? page.NextShardIterator : undefined;
    }
  }
  return entries;
};
