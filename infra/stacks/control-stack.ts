import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { ServiceFunction } from '../constructs/service-function.ts';

/** How cdk-nag names the grant on everything below a prefix of the quarantine bucket, for its acknowledgement. */
const QUARANTINE_FINDING = 'Resource::BanyanControl:ExportsOutputFnGetAttQuarantine23FF09FEArnFC59122E';

/** Lets a consumer write its quarantined records below its own prefix, and nothing else. */
export const allowQuarantine = (consumer: ServiceFunction, bucket: Bucket, prefix: string): void => {
  consumer.allow(['s3:PutObject'], [bucket.arnForObjects(`${prefix}/*`)]);
  consumer.acknowledgeWildcard(
    `${QUARANTINE_FINDING}/${prefix}/*`,
    'Quarantined records are named by their position on the stream, below a prefix of this function alone.',
  );
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

/** Stateful: weights, runs and their history, and what no stream takes: the quarantine, and large events' data. */
export class ControlStack extends Stack {
  readonly table: Table;
  readonly quarantine: Bucket;
  readonly claims: Bucket;

  constructor(scope: Construct, id: string, props: StackProps = {}) {
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
    new CfnOutput(this, 'ControlTableName', { value: this.table.tableName });
    new CfnOutput(this, 'QuarantineBucketName', { value: this.quarantine.bucketName });
    new CfnOutput(this, 'ClaimsBucketName', { value: this.claims.bucketName });
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
