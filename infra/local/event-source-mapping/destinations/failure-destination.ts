import { randomUUID } from 'node:crypto';
import type { Batch } from '../batch.ts';
import type { MappingSettings } from '../mapping-settings.ts';

/**
 * The document that tells of discarded records, without them:
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export interface InvocationRecord {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: string;
    readonly approximateInvokeCount: number;
  };
  readonly responseContext: {
    readonly statusCode: number;
    readonly executedVersion: string;
    readonly functionError: string | null;
  };
  readonly version: '1.0';
  readonly timestamp: string;
  readonly KinesisBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber: string;
    readonly endSequenceNumber: string;
    readonly approximateArrivalOfFirstRecord: string;
    readonly approximateArrivalOfLastRecord: string;
    readonly batchSize: number;
    readonly streamArn: string;
  };
}

/** Discarded records as a destination is handed them. */
export interface DiscardedBatch {
  readonly mappingId: string;
  /** What SQS and SNS get. */
  readonly record: InvocationRecord;
  /** The whole event, as JSON: what S3 gets as `payload`. */
  readonly payload: string;
}

/** Where a mapping tells of what it discarded. */
export interface FailureDestination {
  /** @throws when it was not taken: it will be sent again. */
  send(discarded: DiscardedBatch): Promise<void>;
}

/** Describes a batch that was discarded. */
export const discardedBatch = (
  batch: Batch,
  context: {
    readonly settings: Pick<MappingSettings, 'id' | 'functionArn' | 'streamArn'>;
    readonly shardId: string;
    readonly nowMs: number;
  },
): DiscardedBatch => ({
  mappingId: context.settings.id,
  record: {
    requestContext: {
      requestId: randomUUID(),
      functionArn: context.settings.functionArn,
      condition: batch.discard ?? 'RetryAttemptsExhausted',
      approximateInvokeCount: batch.invocations,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: batch.lastResult?.outcome === 'function-error' ? batch.lastResult.functionError : null,
    },
    version: '1.0',
    timestamp: new Date(context.nowMs).toISOString(),
    KinesisBatchInfo: batchInfo(batch, context.shardId, context.settings.streamArn),
  },
  payload: JSON.stringify({ Records: batch.records.map((record) => record.event) }),
});

const batchInfo = (
  { records }: Batch,
  shardId: string,
  streamArn: string,
): InvocationRecord['KinesisBatchInfo'] => {
  const [first, last] = [records[0], records.at(-1)];
  return {
    shardId,
    startSequenceNumber: first?.sequenceNumber ?? '',
    endSequenceNumber: last?.sequenceNumber ?? '',
    approximateArrivalOfFirstRecord: new Date(first?.arrivedAtMs ?? 0).toISOString(),
    approximateArrivalOfLastRecord: new Date(last?.arrivedAtMs ?? 0).toISOString(),
    batchSize: records.length,
    streamArn,
  };
};
