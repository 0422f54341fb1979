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

/** Stateful: weights, runs and their history, and the quarantine. */
export class ControlStack extends Stack {
  readonly table: Table;
  readonly quarantine: Bucket;

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
    this.quarantine = this.#quarantine();
    new CfnOutput(this, 'ControlTableName', { value: this.table.tableName });
    new CfnOutput(this, 'QuarantineBucketName', { value: this.quarantine.bucketName });
  }

  /** Quarantined records hold personal data: private, encrypted, and gone after half a year. */
  #quarantine(): Bucket {
    return new Bucket(this, 'Quarantine', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      serverAccessLogsPrefix: 'access-log/',
      lifecycleRules: [{ expiration: Duration.days(180) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
