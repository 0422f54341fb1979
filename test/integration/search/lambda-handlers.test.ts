import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ObjectId } from 'bson';
import { entityEvent } from '../../../services/core/index.ts';
import { userSearchDomainFields } from '../../../services/search/user-search-document.ts';
import type { QuarantineEntry } from '../../../services/stream/quarantine.ts';
import { S3Quarantine } from '../../../services/stream/s3-quarantine.ts';
import { freshCloudSearch } from '../../support/cloudsearch.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { kinesisEvent } from '../../support/kinesis-event.ts';

const aws = freshAws();
const dynamodb = new DynamoDBClient(aws);
const s3 = new S3Client({ ...aws, forcePathStyle: true });
// Bucket names are everybody's, whatever the account.
const bucket = `quarantine-${randomUUID()}`;
const quarantine = new S3Quarantine({ client: s3, bucket });
let domain: Awaited<ReturnType<typeof freshCloudSearch>>;
let indexUsers: typeof import('../../../services/search/index-users.ts').handler;
let searchUsers: typeof import('../../../services/search/search-users.ts').handler;
let logged: string[];

beforeAll(async () => {
  domain = await freshCloudSearch(userSearchDomainFields);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    POWERTOOLS_METRICS_NAMESPACE: 'Banyan',
    POWERTOOLS_SERVICE_NAME: 'search',
    POWERTOOLS_DEV: 'true',
    GUARD_TABLE: await createTable(dynamodb, { partition: 'key' }),
    QUARANTINE_BUCKET: bucket,
    CLAIMS_BUCKET: bucket,
    CLOUDSEARCH_DOCUMENT_ENDPOINT: domain.endpoint,
    CLOUDSEARCH_SEARCH_ENDPOINT: domain.endpoint,
  });
  ({ handler: indexUsers } = await import('../../../services/search/index-users.ts'));
  ({ handler: searchUsers } = await import('../../../services/search/search-users.ts'));
});
afterAll(async () => {
  await domain.stop();
  dynamodb.destroy();
  s3.destroy();
});
beforeEach(() => {
  logged = [];
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    jest.spyOn(console, method).mockImplementation((line: unknown) => void logged.push(String(line)));
  }
});

let sequence = 0;
const nextSequence = () => String(++sequence).padStart(21, '4');
const user = (username: string, more: { [field: string]: unknown } = {}) => ({
  _id: new ObjectId(),
  username,
  firstName: 'Maria',
  lastName: 'Silva',
  followerCount: 3,
  _banyan: { entity: 1_785_000_000_000_000 },
  ...more,
});
const eventOf = (document: ReturnType<typeof user>, deleted = false) =>
  JSON.stringify(
    entityEvent({
      id: new ObjectId().toHexString(),
      source: '/monolith',
      type: deleted ? 'user.deleted' : 'user.created',
      document,
      deleted,
      atMs: Date.now(),
    }),
  );
const index = (...data: string[]) =>
  indexUsers(kinesisEvent(data.map((one) => ({ data: one, sequenceNumber: nextSequence() }))));
const search = async (parameters?: { [name: string]: string }) => {
  const answer = await searchUsers({ queryStringParameters: parameters } as APIGatewayProxyEventV2);
  return { statusCode: answer.statusCode, body: JSON.parse(answer.body ?? '') };
};
const names = async (query: string): Promise<string[]> =>
  (await search({ query })).body.users.map((found: { username: string }) => found.username);
const quarantined = async (): Promise<QuarantineEntry[]> => {
  const entries: QuarantineEntry[] = [];
  for await (const entry of quarantine.list('index-users')) entries.push(entry);
  return entries;
};

describe('index-users and search-users', () => {
  it('find what the stream created, in the shape of the monolith', async () => {
    const ada = user('ada.lovelace', { firstName: 'Ada', lastName: 'Lovelace', followerCount: 1_815 });
    expect(await index(eventOf(ada))).toEqual({ batchItemFailures: [] });
    expect(await search({ query: 'LOVEL' })).toEqual({
      statusCode: 200,
      body: {
        users: [
          {
            id: ada._id.toHexString(),
            username: 'ada.lovelace',
            firstName: 'Ada',
            lastName: 'Lovelace',
            followerCount: 1_815,
          },
        ],
      },
    });
  });

  it('rank who is called exactly that first, then the popular', async () => {
    await index(
      eventOf(user('quentin', { followerCount: 0 })),
      eventOf(user('quentin_99', { followerCount: 70_000 })),
      eventOf(user('somebody', { firstName: 'Quentin', followerCount: 900_000 })),
      eventOf(user('quentin_1', { followerCount: 5 })),
    );
    expect(await names('quentin')).toEqual(['quentin', 'quentin_99', 'quentin_1', 'somebody']);
  });

  it('end at the newest state whatever order events come in, and never bring a deleted user back', async () => {
    const at = (n: number) => ({ _banyan: { entity: 1_785_000_000_000_000 + n } });
    const _id = new ObjectId();
    const version = (n: number) => user(`zara${n}`, { _id, firstName: 'Zara', ...at(n) });
    await index(eventOf(version(2)), eventOf(version(1)));
    expect(await names('zara')).toEqual(['zara2']);
    await index(eventOf(version(1)));
    expect(await names('zara')).toEqual(['zara2']);
    await index(eventOf(version(4), true));
    await index(eventOf(version(3)));
    expect(await names('zara')).toEqual([]);
  });

  it('quarantine what can never be indexed, whole, and go on', async () => {
    const malformed = eventOf(user('mal', { firstName: 42 }));
    const unstorable = eventOf(user('bell\u0007', { lastName: 'Wilder' }));
    const answer = await index('{ not json', malformed, unstorable, eventOf(user('wilder')));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await names('wilder')).toEqual(['wilder']);
    const entries = await quarantined();
    expect(entries.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('not JSON'),
      expect.stringContaining('firstName'),
      expect.stringContaining('not valid in XML'),
    ]);
    expect(entries.map(({ key }) => key)).toEqual([undefined, expect.any(String), expect.any(String)]);
  });

  it('log a line an invocation, without what was searched for', async () => {
    await index(eventOf(user('logged')));
    await search({ query: 'verysecretname' });
    await search({});
    const lines = logged.filter((line) => line.includes('"level"'));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(logged.join()).not.toContain('verysecretname');
  });

  it('refuse a search without a query', async () => {
    expect(await search(undefined)).toEqual({
      statusCode: 400,
      body: { error: { code: 'invalid', message: 'query.query: is required' } },
    });
  });

  it('ask for the batch again, from its first record, while the domain does not answer', async () => {
    await domain.stop();
    const data = [eventOf(user('late')), eventOf(user('later'))];
    const event = kinesisEvent(data.map((one) => ({ data: one, sequenceNumber: nextSequence() })));
    const { batchItemFailures } = await indexUsers(event);
    expect(batchItemFailures).toEqual([{ itemIdentifier: event.Records[0]?.kinesis.sequenceNumber }]);
  });
});
