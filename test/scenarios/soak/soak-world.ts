import { join } from 'node:path';
import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { startService } from '../../../infra/local/service-process.ts';
import { ENTITY_SLICE, type SourceDocument, systemClock } from '../../../services/core/index.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws, freshDatabase, mongoUri } from '../../support/engines.ts';
import { createStream, kinesisClient } from '../../support/kinesis-stream.ts';
import type { Variables } from '../../support/run-banyan.ts';
import { startStreamConsumer } from '../../support/stream-consumer.ts';
import { Lanes, openRecordingEndpoint, type WantedVersion } from './recording-endpoint.ts';
import type { ShadowLog } from './shadow-log.ts';
import { idOfDocument, UNTOUCHED } from './soak-writes.ts';

export const SOAK_CONFIG = join(import.meta.dirname, '../../support/soak.config.ts');

const DOCUMENTS_PER_INSERT = 5_000;

export interface SoakWorldOptions {
  readonly documents: number;
  readonly log: ShadowLog;
  /** Required. Where logs and quarantine go. */
  readonly folder: string;
  /** Optional: defaults to the tests' own. The AWS whose Kinesis has the stream. */
  readonly kinesisEndpoint?: string | undefined;
  /** Of the copying process, at its endpoint. */
  readonly arrived: (wanted: readonly WantedVersion[]) => Promise<void> | void;
  readonly stored: () => void;
}

/** A collection with what was there before, its outbox, relay, stream and consumer, all at work, and a table. */
export const openSoakWorld = async (options: SoakWorldOptions) => {
  const { log, folder, arrived, stored } = options;
  await using opened = new AsyncDisposableStack();
  const { client, db, drop } = await freshDatabase();
  opened.defer(drop);
  const aws = freshAws();
  const dynamoDb = new DynamoDBClient(aws);
  opened.defer(() => dynamoDb.destroy());
  const kinesisAws = { ...aws, endpoint: options.kinesisEndpoint ?? aws.endpoint };
  const kinesis = kinesisClient(kinesisAws);
  opened.defer(() => kinesis.destroy());
  const [table, controlTable, stream] = await Promise.all([
    createTable(dynamoDb, { partition: 'key' }),
    createTable(dynamoDb, { partition: 'pk', sort: 'sk' }),
    createStream(kinesis, 2),
  ]);
  const shared = { behind: aws.endpoint, table, log, lanes: new Lanes() };
  const copying = await openRecordingEndpoint({ ...shared, by: 'copy', arrived, stored });
  opened.defer(() => copying.close());
  const consuming = await openRecordingEndpoint({ ...shared, by: 'stream' });
  opened.defer(() => consuming.close());
  const env: Variables = {
    MONGODB_URI: mongoUri(),
    MONGODB_DATABASE: db.databaseName,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    AWS_ENDPOINT_URL: copying.endpoint,
    BANYAN_CONTROL_TABLE: controlTable,
    SOAK_TABLE: table,
    SOAK_STREAM: stream,
    SOAK_QUARANTINE: join(folder, 'quarantine'),
  };
  const outbox = new Outbox({ client, db, clock: systemClock, source: '/soak' });
  await outbox.open();
  for (const documents of documentsBefore(options.documents)) {
    await db.command({ insert: 'things', documents, writeConcern: { w: 'majority' } });
  }
  const relay = await startService({
    name: 'relay',
    args: ['migrations/cli/main.ts', '--config', SOAK_CONFIG, 'relay', '--metrics-port', '0'],
    env: { PATH: process.env.PATH, ...env, AWS_ENDPOINT_URL: kinesisAws.endpoint },
    ready: /relay started/,
    logFile: join(folder, 'relay.log'),
  });
  opened.defer(() => relay.stop());
  const consumer = new DynamoDBClient({ ...aws, endpoint: consuming.endpoint });
  opened.defer(() => consumer.destroy());
  const mapping = await startStreamConsumer({
    ...{ kinesis, stream, name: 'project-things', slice: ENTITY_SLICE },
    transform: ({ name, size }) => ({ name, size }),
    store: new DynamoDbStore({ client: consumer, table, clock: systemClock }),
    quarantine: join(folder, 'quarantine'),
    startsAtSeconds: Math.floor(Date.now() / 1_000) - 60,
  });
  opened.defer(() => mapping.stop());
  const stack = opened.move();
  return {
    db,
    outbox,
    env,
    heldVersions: () => heldVersions(dynamoDb, table),
    close: () => stack.disposeAsync(),
  };
};

export type SoakWorld = Awaited<ReturnType<typeof openSoakWorld>>;

/** Without versions, as what an application wrote before it had an outbox. */
function* documentsBefore(count: number): Iterable<SourceDocument[]> {
  for (let from = 0; from < count; from += DOCUMENTS_PER_INSERT) {
    const length = Math.min(DOCUMENTS_PER_INSERT, count - from);
    yield Array.from({ length }, (_, i) => ({
      _id: idOfDocument(from + i),
      name: `thing ${from + i}`,
      size: 0,
    }));
  }
  yield [{ _id: UNTOUCHED, name: 'never changed', size: 0 }];
}

/** The version of every item, tombstones included. */
const heldVersions = async (client: DynamoDBClient, TableName: string): Promise<Map<string, number>> => {
  const held = new Map<string, number>();
  let from: ScanCommandOutput['LastEvaluatedKey'];
  do {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey: from }));
    for (const { key, version } of page.Items ?? []) held.set(key?.S ?? '', Number(version?.N));
    from = page.LastEvaluatedKey;
  } while (from);
  return held;
};
