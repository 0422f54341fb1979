import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MappingParameters } from './mapping-parameters.ts';
import type { ServiceFunction } from './service-function.ts';

export interface StreamConsumerProps {
  readonly consumer: ServiceFunction;
  readonly stream: IStream;
  readonly parameters: MappingParameters;
  /** Required. Records per invocation, at most 10,000. */
  readonly batchSize: number;
  /** Required. How long a batch may wait to fill. */
  readonly window: Duration;
  /** Required. Concurrent batches per shard, 1 to 10; a key is never in two of them. */
  readonly parallelizationFactor: number;
}

/** How long a batch is retried before its position goes to the dead-letter queue: less than the retention. */
const MAX_RECORD_AGE = Duration.days(3);
/** Reads lag by more than this only when something is broken. */
const MAX_ITERATOR_AGE = Duration.minutes(5);

/**
 * Feeds a stream to a function in key order: item failures, bisect, retries until the records' age limit, then
 * a dead-letter queue that receives the position of what failed (the records are still on the stream).
 */
export class StreamConsumer extends Construct {
  constructor(scope: Construct, id: string, props: StreamConsumerProps) {
    super(scope, id);
    const deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(deadLetters).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue.',
    });
    this.#allow(props, deadLetters);
    this.#map(props, deadLetters);
    this.#alarm(
      'DeadLetterDepth',
      deadLetters.metricApproximateNumberOfMessagesVisible(),
      1,
      'dead letters wait',
    );
    this.#alarm(
      'IteratorAge',
      props.consumer.function.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(1) }),
      MAX_ITERATOR_AGE.toMilliseconds(),
      'the consumer lags behind the stream',
    );
  }

  #allow({ consumer, stream }: StreamConsumerProps, deadLetters: Queue): void {
    consumer.allow(
      [
        'kinesis:DescribeStream',
        'kinesis:DescribeStreamSummary',
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
      ],
      [stream.streamArn],
    );
    consumer.allow(['kinesis:ListShards'], [stream.streamArn]);
    consumer.allow(['sqs:SendMessage'], [deadLetters.queueArn]);
  }

  #map(props: StreamConsumerProps, deadLetters: Queue): void {
    const mapping = new CfnEventSourceMapping(this, 'Mapping', {
      functionName: props.consumer.function.functionName,
      eventSourceArn: props.stream.streamArn,
      enabled: props.parameters.enabled,
      startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: props.parameters.startingPositionTimestamp.valueAsNumber,
      batchSize: props.batchSize,
      maximumBatchingWindowInSeconds: props.window.toSeconds(),
      parallelizationFactor: props.parallelizationFactor,
      bisectBatchOnFunctionError: true,
      functionResponseTypes: ['ReportBatchItemFailures'],
      maximumRetryAttempts: -1,
      maximumRecordAgeInSeconds: MAX_RECORD_AGE.toSeconds(),
      destinationConfig: { onFailure: { destination: deadLetters.queueArn } },
    });
    mapping.cfnOptions.condition = props.parameters.started;
  }

  #alarm(id: string, metric: Metric, threshold: number, what: string): void {
    new Alarm(this, id, {
      alarmDescription: `${Stack.of(this).stackName}: ${what}`,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
