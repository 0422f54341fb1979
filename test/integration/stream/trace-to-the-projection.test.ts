import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KinesisStreamReader } from '../../../infra/local/event-source-mapping/aws/index.ts';
import { EventSourceMapping, handlerInvoker } from '../../../infra/local/event-source-mapping/index.ts';
import { parseTraceparent, systemClock } from '../../../services/core/index.ts';
import { MongoLease, MongoOutboxFeed, Relay, relaySettings } from '../../../services/outbox/index.ts';
import { KinesisEventStream } from '../../../services/outbox/kinesis-event-stream.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { type BundledHandler, bundleHandler } from '../../support/bundled-handler.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient } from '../../support/kinesis-stream.ts';
import { type Monolith, startMonolith } from '../monolith/start-monolith.ts';

jest.setTimeout(60_000);

type Line = { readonly message?: string; readonly events?: { id: string; traceId?: string }[] };

const aws = freshAws();
const kinesis = kinesisClient(aws);
const dynamoDb = new DynamoDBClient(aws);
const s3 = new S3Client(aws);
let monolith: Monolith;
let consumer: BundledHandler;
const lines: Line[] = [];
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [monolith, consumer] = await Promise.all([
    startMonolith(),
    bundleHandler('services/profiles/project-profile.ts'),
  ]);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(async () => {
  await Promise.all([monolith?.stop(), consumer?.remove()]);
  for (const client of [kinesis, dynamoDb, s3]) client.destroy();
});

const startRelay = (users: string) => {
  const settings = relaySettings();
  const { db } = monolith;
  const relay = new Relay({
    feed: new MongoOutboxFeed({ db, clock: systemClock }),
    lease: new MongoLease({ db, ttlMs: settings.leaseTtlMs }),
    stream: new KinesisEventStream({ client: kinesis, names: { users } }),
    quarantine: new MemoryQuarantine(),
    clock: systemClock,
    random: Math.random,
    settings,
    observe: () => undefined,
    holder: 'the only one',
  });
  const stopping = new AbortController();
  const done = relay.run(stopping.signal);
  stops.push(() => {
    stopping.abort();
    return done;
  });
};

/** The bundled Lambda function, in a process of its own per batch, as a mapping invokes it. */
const startConsumer = async (users: string) => {
  const bucket = `quarantine-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const env = {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    PROFILES_TABLE: await createTable(dynamoDb, { partition: 'key' }),
    QUARANTINE_BUCKET: bucket,
    CLAIMS_BUCKET: bucket,
    POWERTOOLS_METRICS_NAMESPACE: 'Banyan',
    POWERTOOLS_SERVICE_NAME: 'test',
  };
  const { StreamDescriptionSummary } = await kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName: users }),
  );
  const mapping = new EventSourceMapping({
    configuration: {
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
    stream: new KinesisStreamReader({
      client: kinesis,
      streamArn: StreamDescriptionSummary?.StreamARN ?? '',
    }),
    invoker: handlerInvoker(async (event) => {
      const { answer, lines: logged } = await consumer.invoke(event, env);
      lines.push(...logged.map((line) => JSON.parse(line) as Line));
      return answer;
    }),
    clock: systemClock,
    pollMs: 250,
  });
  mapping.start();
  stops.push(() => mapping.stop());
};

describe('a trace', () => {
  it('goes with a request through monolith, relay, Kinesis and mapping to the log of the projection', async () => {
    const users = await createStream(kinesis);
    startRelay(users);
    await startConsumer(users);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const ann = await monolith.signUp();
    const answer = await monolith.call('PUT', `/profiles/${ann.id}`, {
      as: ann,
      body: { bio: 'traced' },
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    expect(answer.status).toBe(200);
    const [created, updated] = await monolith.events(ann.id);
    expect(updated?.traceparent).toBe(`00-${traceId}-b7ad6b7169203331-01`);
    const own = parseTraceparent(created?.traceparent)?.traceId;
    expect(own).toMatch(/^[0-9a-f]{32}$/);
    await eventually(() => {
      const named = lines.filter(({ message }) => message === 'its events').flatMap((line) => line.events);
      expect(named).toContainEqual({ id: updated?.id, traceId });
      expect(named).toContainEqual({ id: created?.id, traceId: own });
    }, 30_000);
  });
});
