import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { NotifyingQuarantine } from './notifying-quarantine.ts';
import type { Quarantine } from './quarantine.ts';
import { S3Quarantine } from './s3-quarantine.ts';
import { sqsNotices } from './sqs-notices.ts';

export interface DeployedQuarantineOptions {
  readonly s3: S3Client;
  /** Required. Keeps the records. */
  readonly bucket: string;
  /** Required. Called where there is a `queueUrl`. */
  readonly sqs: () => SQSClient;
  /** Optional: defaults to none. The SQS queue that is told of each entry. */
  readonly queueUrl?: string | undefined;
}

/** The quarantine of a deployment: a bucket, and a queue that is told, where there is one. */
export const deployedQuarantine = ({ s3, bucket, sqs, queueUrl }: DeployedQuarantineOptions): Quarantine => {
  const quarantine = new S3Quarantine({ client: s3, bucket });
  if (queueUrl === undefined) return quarantine;
  return new NotifyingQuarantine({ quarantine, notify: sqsNotices({ client: sqs(), queueUrl }) });
};
