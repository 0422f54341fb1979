import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Db, ObjectId } from 'mongodb';
import { entityEvent, systemClock } from '../../../services/core/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import type { QuarantineEntry } from '../../../services/stream/quarantine.ts';
import { S3Quarantine } from '../../../services/stream/s3-quarantine.ts';
import { type BundledHandler, bundleHandler } from '../../support/bundled-handler.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws, freshDatabase, mongoUri } from '../../support/engines.ts';
import { kinesisEvent } from '../../support/kinesis-event.ts';

const bucket = `quarantine-${randomUUID()}`;
const MEGABYTE = 1_000_000;
const aws = freshAws();
const client = new DynamoDBClient(aws);
const s3 = new S3Client(aws);
const profile = { username: 'ada', firstName: 'Ada', lastName: 'Lovelace', bio: '', avatarUrl: '' };
const awsEnvironment = {
  AWS_ENDPOINT_URL: aws.endpoint,
  AWS_REGION: aws.region,
  AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
  POWERTOOLS_METRICS_NAMESPACE: 'Banyan',
  POWERTOOLS_SERVICE_NAME: 'test',
};

let table: string;
beforeAll(async () => {
  table = await createTable(client, { partition: 'key' });
});
afterAll(() => {
  client.destroy();
  s3.destroy();
});

describe('project-profile, bundled', () => {
  let bundle: BundledHandler;
  beforeAll(async () => {
    bundle = await bundleHandler('services/profiles/project-profile.ts');
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(() => bundle.remove());

  it('weighs less than a megabyte', () => {
    expect(bundle.bytes).toBeLessThan(MEGABYTE);
  });

  it('stores profiles, quarantines poison below its own name, and logs what it did', async () => {
    const _id = new ObjectId();
    const document = { _id, ...profile, followerCount: 3, _banyan: { entity: 9, profiles: 7 } };
    const event = entityEvent({
      id: 'event-1',
      source: '/monolith',
      type: 'user.created',
      document,
      deleted: false,
      atMs: Date.now(),
    });
    const records = [
      { data: 'poison', sequenceNumber: '4959033827149025660855969253836157109592157598913658889801' },
      {
        data: JSON.stringify(event),
        sequenceNumber: '4959033827149025660855969253836157109592157598913658889802',
      },
    ];
    const env = {
      ...awsEnvironment,
      PROFILES_TABLE: table,
      QUARANTINE_BUCKET: bucket,
      CLAIMS_BUCKET: bucket,
    };
    const { answer, lines } = await bundle.invoke(kinesisEvent(records), env);
    expect(answer).toEqual({ batchItemFailures: [] });
    const store = new DynamoDbStore({ client, table, clock: systemClock });
    const key = _id.toHexString();
    expect(await store.get([key])).toEqual([{ key, version: 7, state: profile }]);
    const entries: QuarantineEntry[] = [];
    const quarantine = new S3Quarantine({ client: s3, bucket });
    for await (const entry of quarantine.list('project-profile')) entries.push(entry);
    expect(entries).toMatchObject([{ body: 'poison', source: 'project-profile' }]);
    const logged = lines.map((line) => JSON.parse(line));
    expect(logged).toContainEqual(
      expect.objectContaining({ level: 'INFO', message: 'the batch is done', applied: 1, quarantined: 1 }),
    );
    expect(logged).toContainEqual(
      expect.objectContaining({ applied: 1, stale: 0, quarantined: 1, failed: 0 }),
    );
  });
});

describe('profiles-api, bundled', () => {
  let bundle: BundledHandler;
  let db: Db;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    bundle = await bundleHandler('services/profiles/profiles-api.ts');
    ({ db, drop } = await freshDatabase());
    const secrets = new SecretsManagerClient(aws);
    await secrets.send(new CreateSecretCommand({ Name: 'mongo', SecretString: mongoUri() }));
    await secrets.send(
      new CreateSecretCommand({ Name: 'broken', SecretString: 'mongo://user:hunter2@host' }),
    );
    secrets.destroy();
  });
  afterAll(async () => {
    await bundle.remove();
    await drop();
  });

  const get = async (key: string, secret: string) => {
    const event = { routeKey: 'GET /profiles/{id}', headers: {}, pathParameters: { id: key } };
    const env = { ...awsEnvironment, PROFILES_TABLE: table, MONGODB_DATABASE: db.databaseName };
    return bundle.invoke(event, { ...env, MONGODB_SECRET_NAME: secret });
  };

  it('weighs less than 800 KB with the MongoDB driver', () => {
    expect(bundle.bytes).toBeLessThan(0.8 * MEGABYTE);
  });

  it("reads through to MongoDB with the secret's connection string", async () => {
    const { insertedId } = await db.collection('users').insertOne({ ...profile });
    const key = insertedId.toHexString();
    const { answer } = await get(key, 'mongo');
    expect(answer).toMatchObject({ statusCode: 200, body: JSON.stringify({ id: key, ...profile }) });
  });

  it('says that the secret is wrong, and never what it holds', async () => {
    const { answer, lines } = await get(new ObjectId().toHexString(), 'broken');
    expect(answer).toMatchObject({ statusCode: 500 });
    expect(lines.join('\n')).toMatch(/the secret does not hold MongoDB's connection string/);
    expect(JSON.stringify([answer, lines])).not.toMatch(/hunter2/);
  });
});
