import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { KinesisEventStream } from '../../../services/outbox/kinesis-event-stream.ts';
import { describeEventStream } from '../../contract/event-stream-contract.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';

const client = kinesisClient();
afterAll(() => client.destroy());

describeEventStream('Kinesis', async () => {
  const names: { [stream: string]: string } = {
    one: await createStream(client, 2),
    two: await createStream(client),
  };
  return {
    stream: new KinesisEventStream({ client, names }),
    received: (name) => readStream(client, names[name] ?? ''),
    close: async () => undefined,
  };
});

describe('KinesisEventStream', () => {
  const failing = kinesisClient();
  const kinesis = mockClient(failing);
  const stream = new KinesisEventStream({ client: failing, names: { one: 'real' } });
  const entries = ['a', 'b', 'c'].map((key) => ({ key, data: '1' }));

  it('says of each record whether Kinesis has it, when it takes a part only', async () => {
    kinesis.on(PutRecordsCommand).resolves({
      FailedRecordCount: 1,
      Records: [
        { SequenceNumber: '1', ShardId: 's' },
        { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' },
        { SequenceNumber: '2', ShardId: 's' },
      ],
    });
    const outcomes = await stream.send('one', entries);
    expect(outcomes).toEqual([undefined, expect.any(Error), undefined]);
    expect(outcomes[1]).toMatchObject({ code: 'record-refused', retryable: true });
  });

  it('counts a record as missing when the answer does not tell of it', async () => {
    kinesis.on(PutRecordsCommand).resolves({ Records: [{ SequenceNumber: '1' }] });
    const outcomes = await stream.send('one', entries);
    expect(outcomes.map((outcome) => outcome === undefined)).toEqual([true, false, false]);
  });

  it('throws a retryable error when the request fails as a whole', async () => {
    kinesis.on(PutRecordsCommand).rejects(new Error('socket hang up'));
    const sending = stream.send('one', entries);
    await expect(sending).rejects.toMatchObject({ code: 'put-records-failed', retryable: true });
  });
});
