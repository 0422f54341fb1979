import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import pino from 'pino';
import { systemClock } from '../../../services/core/index.ts';
import { startEventSourceMappings } from './aws/index.ts';
import { FileShardCheckpoints } from './index.ts';

// Runs the mappings of the emulator that AWS_ENDPOINT_URL names. CHECKPOINTS is a folder; without it they go with
// the process.
const folder = process.env.CHECKPOINTS;
const mappings = startEventSourceMappings({
  lambda: new LambdaClient({}),
  kinesis: new KinesisClient({ requestHandler: new NodeHttpHandler() }),
  cloudFormation: new CloudFormationClient({}),
  sqs: new SQSClient({}),
  s3: new S3Client({ forcePathStyle: true }),
  clock: systemClock,
  log: pino(),
  ...(folder ? { checkpoints: new FileShardCheckpoints({ folder }) } : {}),
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => mappings.stop().then(() => process.exit(0)));
}
