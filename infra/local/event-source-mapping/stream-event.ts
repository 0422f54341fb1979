import type { KinesisStreamRecord } from 'aws-lambda';
import type { StreamRecord } from './streams/stream-reader.ts';

/** Where a record came from, as its event says it. */
export interface RecordOrigin {
  readonly streamArn: string;
  readonly shardId: string;
  /** The function's execution role. */
  readonly roleArn: string;
}

/** One record of the event that a function receives: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export const eventRecord = (record: StreamRecord, origin: RecordOrigin): KinesisStreamRecord => ({
  kinesis: {
    kinesisSchemaVersion: '1.0',
    partitionKey: record.partitionKey,
    sequenceNumber: record.sequenceNumber,
    data: base64(record.data),
    approximateArrivalTimestamp: record.arrivedAtMs / 1000,
  },
  eventSource: 'aws:kinesis',
  eventVersion: '1.0',
  eventID: `${origin.shardId}:${record.sequenceNumber}`,
  eventName: 'aws:kinesis:record',
  invokeIdentityArn: origin.roleArn,
  awsRegion: origin.streamArn.split(':')[3] ?? '',
  eventSourceARN: origin.streamArn,
});

const base64 = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
