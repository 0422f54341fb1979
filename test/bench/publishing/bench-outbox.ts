import { randomInt, randomUUID } from 'node:crypto';
import { CreateStreamCommand, DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { MongoClient } from 'mongodb';
import { beginOutbox } from './backlog.ts';
import { type KinesisPlace, kinesisClientOf } from './publishing-input.ts';

export interface BenchOutbox {
  readonly client: MongoClient;
  readonly database: string;
  readonly token: string;
}

/** Runs `work` on an outbox nobody else has, and drops it. */
export const withOutbox = async <T>(
  mongoUri: string,
  work: (outbox: BenchOutbox) => Promise<T>,
): Promise<T> => {
  const client = await new MongoClient(mongoUri).connect();
  const database = `bench_${randomUUID().replaceAll('-', '')}`;
  try {
    return await work({ client, database, token: await beginOutbox(client, database) });
  } finally {
    await client.db(database).dropDatabase();
    await client.close();
  }
};

/** A new stream in a new account: the emulator slows down as a stream fills. */
export const freshStream = async (endpoint: string): Promise<KinesisPlace> => {
  const place = { endpoint, accessKeyId: String(randomInt(10 ** 11, 10 ** 12)), streamName: 'bench' };
  const client = kinesisClientOf(place);
  const StreamName = place.streamName;
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 4 }));
  for (let status: string | undefined; status !== 'ACTIVE'; ) {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    status = StreamDescriptionSummary?.StreamStatus;
  }
  client.destroy();
  return place;
};
