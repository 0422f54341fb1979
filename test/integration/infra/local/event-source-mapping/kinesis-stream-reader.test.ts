import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll } from '@jest/globals';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { KinesisStreamReader } from '../../../../../infra/local/event-source-mapping/aws/index.ts';
import { describeStreamReader } from '../../../../contract/stream-reader-contract.ts';
import { freshAws } from '../../../../support/engines.ts';

const client = new KinesisClient({ ...freshAws(), requestHandler: new NodeHttpHandler() });
afterAll(() => client.destroy());

let streams = 0;

describeStreamReader('Kinesis', async () => {
  streams += 1;
  const StreamName = `stream-${streams}`;
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
  return {
    reader: new KinesisStreamReader({ client, streamArn: StreamDescriptionSummary?.StreamARN ?? '' }),
    put: async (PartitionKey, data) => {
      await client.send(new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from(data) }));
    },
    pass: (ms) => delay(ms),
    nowMs: () => Date.now(),
  };
});
