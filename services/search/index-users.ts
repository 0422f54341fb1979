import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { CloudSearchDomainClient } from '@aws-sdk/client-cloudsearch-domain';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { systemClock } from '../core/clock.ts';
import { ENTITY_SLICE } from '../core/version.ts';
import { DynamoDbVersionGuard } from '../store/dynamodb-version-guard.ts';
import { publishBatchReport } from '../stream/batch-report.ts';
import { deployedQuarantine } from '../stream/deployed-quarantine.ts';
import { kinesisConsumer } from '../stream/kinesis-consumer.ts';
import { resolveClaims } from '../stream/resolve-claims.ts';
import { S3ClaimStore } from '../stream/s3-claim-store.ts';
import { CloudSearchDocuments } from './cloudsearch-documents.ts';
import { GuardedWriter } from './guarded-writer.ts';
import {
  toSearchDocument,
  type UserSearchDocument,
  userSearchFields,
  userSearchRanking,
} from './user-search-document.ts';

const environment = z
  .object({
    GUARD_TABLE: z.string().min(1),
    CLOUDSEARCH_DOCUMENT_ENDPOINT: z.url({ protocol: /^https?$/ }),
    QUARANTINE_BUCKET: z.string().min(1),
    /** Optional: defaults to none. The SQS queue that is told of what is quarantined. */
    QUARANTINE_QUEUE_URL: z.url().optional(),
    /** Where the relay keeps the data of events that are too large for the stream. */
    CLAIMS_BUCKET: z.string().min(1),
  })
  .parse(process.env);
const endpoint = environment.CLOUDSEARCH_DOCUMENT_ENDPOINT;

const logger = new Logger();
const metrics = new Metrics();
const index = new CloudSearchDocuments<UserSearchDocument>({
  client: new CloudSearchDomainClient({ endpoint }),
  endpoint,
  format: { fields: userSearchFields, exactField: userSearchRanking.exactField },
});
const guard = new DynamoDbVersionGuard({
  client: new DynamoDBClient({}),
  table: environment.GUARD_TABLE,
  clock: systemClock,
});

const s3 = new S3Client({});
const shared = {
  name: 'index-users',
  quarantine: deployedQuarantine({
    s3,
    bucket: environment.QUARANTINE_BUCKET,
    sqs: () => new SQSClient({}),
    queueUrl: environment.QUARANTINE_QUEUE_URL,
  }),
  clock: systemClock,
  report: publishBatchReport({ logger, metrics }),
};

const indexUsers = kinesisConsumer({
  ...shared,
  slice: ENTITY_SLICE,
  transform: toSearchDocument,
  store: new GuardedWriter({ index, guard, clock: systemClock }),
});

/** Keeps the search index up to date with the stream `users`; logs one line an invocation. */
export const handler = resolveClaims(indexUsers, {
  ...shared,
  claims: new S3ClaimStore({ client: s3, bucket: environment.CLAIMS_BUCKET }),
});
