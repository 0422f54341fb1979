import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { KinesisStreamReader } from '../../../infra/local/event-source-mapping/aws/index.ts';
import { EventSourceMapping, handlerInvoker } from '../../../infra/local/event-source-mapping/index.ts';
import { type SourceDocument, systemClock, versionOf } from '../../../services/core/index.ts';
import { Outbox, outboxOf } from '../../../services/outbox/index.ts';
import { PROFILES_SLICE, toProfile } from '../../../services/profiles/profile.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import type { QuarantineEntry } from '../../../services/stream/quarantine.ts';
import { S3Quarantine } from '../../../services/stream/s3-quarantine.ts';
import { type BundledHandler, bundleHandler } from '../../support/bundled-handler.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws, freshDatabase, mongoUri } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { type Running, startBanyan, type Variables } from '../../support/run-banyan.ts';

const CONFIG = join(import.meta.dirname, '../../../banyan.config.ts');
const MEGABYTE = 1024 * 1024;
const profile = { username: 'ada', firstName: 'Ada', lastName: 'Lovelace', bio: '', avatarUrl: '' };
/** More than a record, and more than an item of DynamoDB, of which the transform takes little. */
const large = { ...profile, history: 'x'.repeat(3 * MEGABYTE) };

const aws = freshAws();
const s3 = new S3Client(aws);
const dynamoDb = new DynamoDBClient(aws);
const kinesis = kinesisClient(aws);
const claimsBucket = `claims-${randomUUID()}`;
const quarantineBucket = `quarantine-${randomUUID()}`;
const quarantine = new S3Quarantine({ client: s3, bucket: quarantineBucket });
let consumer: BundledHandler;
let others: string;

beforeAll(async () => {
  consumer = await bundleHandler('services/profiles/project-profile.ts');
  for (const Bucket of [claimsBucket, quarantineBucket]) await s3.send(new CreateBucketCommand({ Bucket }));
  others = await createStream(kinesis);
}, 30_000);
afterAll(async () => {
  await consumer.remove();
  for (const client of [s3, dynamoDb, kinesis]) client.destroy();
});

describe('an event that is too large for the stream', () => {
  let db: Db;
  let drop: () => Promise<void>;
  let outbox: Outbox;
  let env: Variables;
  let stream: string;
  let store: DynamoDbStore;
  let mapping: EventSourceMapping;
  const running: Running[] = [];

  beforeEach(async () => {
    const fresh = await freshDatabase();
    ({ db, drop } = fresh);
    outbox = new Outbox({ client: fresh.client, db, clock: systemClock, source: '/test' });
    await outbox.open();
    stream = await createStream(kinesis);
    const table = await createTable(dynamoDb, { partition: 'key' });
    store = new DynamoDbStore({ client: dynamoDb, table, clock: systemClock });
    env = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      MONGODB_URI: mongoUri(),
      MONGODB_DATABASE: db.databaseName,
      USERS_STREAM: stream,
      FOLLOWS_STREAM: others,
      YUBLS_STREAM: others,
      BANYAN_CONTROL_TABLE: await createTable(dynamoDb, { partition: 'pk', sort: 'sk' }),
      BANYAN_PROFILES_TABLE: table,
      BANYAN_QUARANTINE_BUCKET: quarantineBucket,
    };
    mapping = mappingOf({ ...env, PROFILES_TABLE: table });
    await mapping.start();
  });
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
    await mapping.stop();
    await drop();
  });

  const mappingOf = (variables: Variables) =>
    new EventSourceMapping({
      configuration: { StartingPosition: 'TRIM_HORIZON', FunctionResponseTypes: ['ReportBatchItemFailures'] },
      stream: new KinesisStreamReader({ client: kinesis, streamArn: streamArn(stream) }),
      invoker: handlerInvoker(async (event) => {
        const handlerEnv = {
          ...variables,
          QUARANTINE_BUCKET: quarantineBucket,
          CLAIMS_BUCKET: claimsBucket,
          POWERTOOLS_METRICS_NAMESPACE: 'Banyan',
          POWERTOOLS_SERVICE_NAME: 'test',
        };
        return (await consumer.invoke(event, handlerEnv)).answer;
      }),
      clock: systemClock,
      pollMs: 50,
    });
  const relay = (more: Variables = {}) => {
    const one = startBanyan({
      config: CONFIG,
      args: ['relay', '--metrics-port', '0'],
      env: { ...env, ...more },
    });
    running.push(one);
    return one;
  };
  const banyan = (args: string[], more: Variables = {}) =>
    startBanyan({ config: CONFIG, args, env: { ...env, ...more } }).ended;
  const withClaims = { BANYAN_CLAIMS_BUCKET: claimsBucket };
  const createUser = (document: { readonly [field: string]: unknown }) =>
    outbox.transaction((tx) => tx.create(userEntity, document, 'user.created'));
  const entriesOf = async (source: string, key: string): Promise<QuarantineEntry[]> => {
    const entries: QuarantineEntry[] = [];
    for await (const entry of quarantine.list(source)) if (entry.key === key) entries.push(entry);
    return entries;
  };
  const allAcknowledged = () =>
    eventually(async () => expect(await outboxOf(db).countDocuments({ acknowledgedAt: null })).toBe(0));
  const isApplied = async (user: SourceDocument, key: string) => {
    const [stored] = await store.get([key]);
    expect(stored).toEqual({ key, version: versionOf(user, PROFILES_SLICE), state: toProfile(user) });
  };

  it('travels through a bucket to the consumer, which applies it', async () => {
    relay(withClaims);
    const user = await createUser(large);
    const key = String(user._id);
    await eventually(() => isApplied(user, key), 30_000);
    const [record, ...more] = await readStream(kinesis, stream);
    expect([record?.key, more]).toEqual([key, []]);
    expect(record?.data.length).toBeLessThan(1_000);
    expect(JSON.parse(record?.data ?? '')).toMatchObject({
      type: 'user.created',
      dataref: expect.stringContaining(`s3://${claimsBucket}/claims/`),
    });
    expect(await entriesOf('relay', key)).toEqual([]);
    await allAcknowledged();
  }, 60_000);

  it('is quarantined by its consumer once its data are gone, and replayed from the source', async () => {
    await mapping.stop();
    const publishing = relay(withClaims);
    const user = await createUser(large);
    const key = String(user._id);
    await eventually(async () => expect(await readStream(kinesis, stream)).toHaveLength(1), 30_000);
    publishing.child.kill('SIGTERM');
    const claims = await s3.send(new ListObjectsV2Command({ Bucket: claimsBucket }));
    for (const { Key } of claims.Contents ?? []) {
      await s3.send(new DeleteObjectCommand({ Bucket: claimsBucket, Key }));
    }
    await mapping.start();
    await eventually(async () =>
      expect(await entriesOf('project-profile', key)).toMatchObject([
        { reason: expect.stringMatching(/^the data at s3:.* are gone$/) },
      ]),
    );
    expect(await store.get([key])).toEqual([undefined]);
    expect((await banyan(['quarantine', 'replay', 'users-to-profiles'])).code).toBe(0);
    await isApplied(user, key);
    expect(await entriesOf('project-profile', key)).toEqual([]);
  }, 60_000);

  it('lies in quarantine whole where the configuration says so, until it is published again', async () => {
    const first = relay();
    const user = await createUser(large);
    const key = String(user._id);
    const [entry] = await eventually(async () => {
      const entries = await entriesOf('relay', key);
      expect(entries).toHaveLength(1);
      return entries;
    }, 30_000);
    expect(entry).toMatchObject({
      stream: 'users',
      reason: expect.stringContaining("the stream's limit is"),
    });
    expect(JSON.parse(entry?.body ?? '').data).toMatchObject(large);
    await allAcknowledged();
    const listed = await banyan(['quarantine', 'list']);
    expect(listed.answers).toContainEqual(expect.objectContaining({ event: 'entry', source: 'relay', key }));

    const still = await banyan(['quarantine', 'replay', 'relay']);
    expect(still.code).toBe(4);
    expect(still.answers).toContainEqual(
      expect.objectContaining({ key, outcome: 'kept', reason: expect.stringContaining('claimBucket') }),
    );
    expect(await entriesOf('relay', key)).toHaveLength(1);

    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    relay(withClaims);
    const replayed = await banyan(['quarantine', 'replay', 'relay'], withClaims);
    expect(replayed.answers).toContainEqual(expect.objectContaining({ key, outcome: 'touched' }));
    expect(await entriesOf('relay', key)).toEqual([]);
    const now = await db.collection('users').findOne({ _id: user._id as never });
    if (!now) throw new Error('the user is gone');
    await eventually(() => isApplied(now, key), 30_000);
  }, 60_000);
});

const streamArn = (stream: string): string =>
  `arn:aws:kinesis:${aws.region}:${aws.credentials.accessKeyId}:stream/${stream}`;
