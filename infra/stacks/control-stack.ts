import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ServiceFunction } from '../constructs/service-function.ts';

/** How cdk-nag names the grant on everything below a prefix of the quarantine bucket, for its acknowledgement. */
const QUARANTINE_FINDING = 'Resource::BanyanControl:ExportsOutputFnGetAttQuarantine23FF09FEArnFC59122E';

/** Where a consumer's quarantined records go. */
export interface QuarantineProps {
  readonly quarantine: IBucket;
  /** Optional: defaults to none. Told of each record. */
  readonly quarantineQueue?: IQueue | undefined;
}

/** Lets a consumer write its quarantined records below its own prefix, tell the queue of them, and nothing else. */
export const allowQuarantine = (consumer: ServiceFunction, props: QuarantineProps, prefix: string): void => {
  const { quarantine: bucket, quarantineQueue: queue } = props;
  consumer.allow(['s3:PutObject'], [bucket.arnForObjects(`${prefix}/*`)]);
  consumer.acknowledgeWildcard(
    `${QUARANTINE_FINDING}/${prefix}/*`,
    'Quarantined records are named by their position on the stream, below a prefix of this function alone.',
  );
  if (!queue) return;
  consumer.allow(['sqs:SendMessage'], [queue.queueArn]);
  consumer.function.addEnvironment('QUARANTINE_QUEUE_URL', queue.queueUrl);
};

/** How cdk-nag names the grant on the claims. */
const CLAIMS_FINDING = 'Resource::BanyanControl:ExportsOutputFnGetAttClaimsE8D96B24Arn9FE1BF38';

/**
 * Lets a consumer read the data of events that were too large for the stream. It may list the bucket too:
 * otherwise S3 answers 403 for a claim that is gone, and nobody could tell it from a right that is missing.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export const allowClaims = (consumer: ServiceFunction, bucket: Bucket): void => {
  consumer.allow(['s3:GetObject'], [bucket.arnForObjects('claims/*')]);
  consumer.allow(['s3:ListBucket'], [bucket.bucketArn]);
  consumer.acknowledgeWildcard(
    `${CLAIMS_FINDING}/claims/*`,
    'Claims are named by the events that they belong to.',
  );
};

/** Longer than a stream keeps records, a backfill takes, and a dead letter waits; as long as tombstones live. */
const CLAIMS_LIVE = Duration.days(30);
/** As long as a person may take to look into it. */
const QUARANTINE_LIVES = Duration.days(180);

export interface ControlStackProps extends StackProps {
  /** Optional: defaults to false. Whether an SQS queue is told of every quarantined record. */
  readonly withQuarantineQueue?: boolean;
}

/** Stateful: weights, runs and their history, and what no stream takes: the quarantine, and large events' data. */
export class ControlStack extends Stack {
  readonly table: Table;
  readonly quarantine: Bucket;
  readonly claims: Bucket;
  readonly quarantineQueue: Queue | undefined;

  constructor(scope: Construct, id: string, props: ControlStackProps = {}) {
    super(scope, id, props);
    this.table = new Table(this, 'Control', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.quarantine = this.#bucket('Quarantine', QUARANTINE_LIVES);
    this.claims = this.#bucket('Claims', CLAIMS_LIVE);
    this.quarantineQueue = props.withQuarantineQueue ? this.#queue() : undefined;
    new CfnOutput(this, 'ControlTableName', { value: this.table.tableName });
    new CfnOutput(this, 'QuarantineBucketName', { value: this.quarantine.bucketName });
    new CfnOutput(this, 'ClaimsBucketName', { value: this.claims.bucketName });
  }

  /** It tells and does not keep: the bucket does. */
  #queue(): Queue {
    const queue = new Queue(this, 'QuarantineNotices', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason:
        'What is not consumed here is in the quarantine bucket still: a dead-letter queue would add nothing.',
    });
    new CfnOutput(this, 'QuarantineQueueUrl', { value: queue.queueUrl });
    return queue;
  }

  /** Events hold personal data: private, encrypted, and gone after a while. */
  #bucket(id: string, lives: Duration): Bucket {
    return new Bucket(this, id, {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsPrefix: 'access-log/',
      lifecycleRules: [{ expiration: lives }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
