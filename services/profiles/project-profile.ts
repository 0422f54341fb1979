import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { systemClock } from '../core/index.ts';
import { DynamoDbStore } from '../store/dynamodb-store.ts';
import { publishBatchReport } from '../stream/batch-report.ts';
import { deployedQuarantine } from '../stream/deployed-quarantine.ts';
import { kinesisConsumer } from '../stream/kinesis-consumer.ts';
import { resolveClaims } from '../stream/resolve-claims.ts';
import { S3ClaimStore } from '../stream/s3-claim-store.ts';
import { PROFILES_SLICE, type Profile, toProfile } from './profile.ts';

const environment = z
  .object({
    PROFILES_TABLE: z.string().min(1),
    QUARANTINE_BUCKET: z.string().min(1),
    /** Optional: defaults to none. The SQS queue that is told of what is quarantined. */
    QUARANTINE_QUEUE_URL: z.url().optional(),
    /** Where the relay keeps the data of events that are too large for the stream. */
    CLAIMS_BUCKET: z.string().min(1),
  })
  .parse(process.env);

const s3 = new S3Client({});
const shared = {
  name: 'project-profile',
  quarantine: deployedQuarantine({
    s3,
    bucket: environment.QUARANTINE_BUCKET,
    sqs: () => new SQSClient({}),
    queueUrl: environment.QUARANTINE_QUEUE_URL,
  }),
  clock: systemClock,
  report: publishBatchReport({ logger: new Logger(), metrics: new Metrics() }),
};

const project = kinesisConsumer<Profile>({
  ...shared,
  slice: PROFILES_SLICE,
  transform: toProfile,
  store: new DynamoDbStore({
    client: new DynamoDBClient({}),
    table: environment.PROFILES_TABLE,
    clock: systemClock,
  }),
});

/** Copies profiles from the stream of users into the profiles table. */
export const handler = resolveClaims(project, {
  ...shared,
  claims: new S3ClaimStore({ client: s3, bucket: environment.CLAIMS_BUCKET }),
});
