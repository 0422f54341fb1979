import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { EventSourceMapping, handlerInvoker } from '../../infra/local/event-source-mapping/index.ts';
import { KinesisStreamReader } from '../../infra/local/event-source-mapping/streams/kinesis-stream-reader.ts';
import { systemClock, type Transform } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import { FolderQuarantine } from '../../services/stream/folder-quarantine.ts';
import { kinesisConsumer } from '../../services/stream/kinesis-consumer.ts';

export interface StreamConsumerOptions {
  readonly kinesis: KinesisClient;
  readonly stream: string;
  readonly name: string;
  readonly slice: string;
  readonly transform: Transform;
  readonly store: Pick<VersionedStore, 'putIfNewer'>;
  /** Required. A folder for what it cannot apply. */
  readonly quarantine: string;
  /** Required. From when on it reads, in Unix seconds. */
  readonly startsAtSeconds: number;
}

/** A consumer as deployed, in this process: the project's own event source mapping feeds the shipped handler. */
export const startStreamConsumer = async (options: StreamConsumerOptions): Promise<EventSourceMapping> => {
  const { kinesis, stream, name, startsAtSeconds } = options;
  const described = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
  const handler = kinesisConsumer({
    ...options,
    quarantine: new FolderQuarantine({ folder: options.quarantine }),
    clock: systemClock,
    report: () => {},
  });
  const mapping = new EventSourceMapping({
    configuration: {
      UUID: name,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: new Date(startsAtSeconds * 1_000),
      BatchSize: 500,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
    stream: new KinesisStreamReader({
      client: kinesis,
      streamArn: described.StreamDescriptionSummary?.StreamARN ?? '',
    }),
    invoker: handlerInvoker(handler),
    clock: systemClock,
    pollMs: 200,
    backoff: { firstMs: 200, mostMs: 2_000 },
  });
  await mapping.start();
  return mapping;
};
