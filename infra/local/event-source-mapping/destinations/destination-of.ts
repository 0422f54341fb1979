import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { UsageError } from '../../../../services/core/index.ts';
import type { FailureDestination } from './failure-destination.ts';
import { s3Destination } from './s3-destination.ts';
import { sqsDestination } from './sqs-destination.ts';

/**
 * The destination that an ARN names, as the mapping's `DestinationConfig.OnFailure.Destination` does.
 * @throws UsageError for what is neither a queue nor a bucket (a topic takes an SNS client: `snsDestination`).
 */
export const destinationOf = (
  arn: string,
  clients: { readonly sqs: SQSClient; readonly s3: S3Client },
): FailureDestination => {
  const [, , service, , , resource = ''] = arn.split(':');
  if (service === 'sqs') return sqsDestination({ client: clients.sqs, queueArn: arn });
  if (service === 's3') return s3Destination({ client: clients.s3, bucket: resource });
  throw new UsageError(`the failure destination ${arn} is neither an SQS queue nor an S3 bucket`);
};
