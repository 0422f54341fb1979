import type { KinesisStreamEvent } from 'aws-lambda';

export interface TestRecord {
  readonly data: string;
  readonly sequenceNumber: string;
  /** Optional: defaults to 1,700,000,000,000. */
  readonly arrivedAtMs?: number;
}

/** An invocation of a Kinesis consumer, as Lambda makes it, with records of one shard. */
export const kinesisEvent = (records: readonly TestRecord[]): KinesisStreamEvent => ({
  Records: records.map(({ data, sequenceNumber, arrivedAtMs = 1_700_000_000_000 }) => ({
    awsRegion: 'us-east-1',
    eventID: `shardId-000000000003:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/users',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/consumer',
    kinesis: {
      approximateArrivalTimestamp: arrivedAtMs / 1_000,
      data: Buffer.from(data).toString('base64'),
      kinesisSchemaVersion: '1.0',
      partitionKey: 'key',
      sequenceNumber,
    },
  })),
});
