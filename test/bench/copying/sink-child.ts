import {
  BatchExecuteStatementCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import { systemClock, type VersionedRecord } from '../../../services/core/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import { serveParent } from '../child.ts';

export interface SinkInput {
  readonly contender: keyof typeof CONTENDERS;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly table: string;
  readonly items: number;
  /** Of so many items, one is in the table already, and newer; 0 for none. */
  readonly staleEvery: number;
}

export interface SinkResult {
  readonly elapsedMs: number;
  /** Of this process, which does nothing else. */
  readonly cpuMs: number;
}

const REQUESTS_AT_ONCE = 32;
const STATEMENTS = 25;
const TRANSACTION = 100;
/** As the backfill writes: batches of the example's plan, a few at once. */
const BATCH = 500;
const BATCHES_AT_ONCE = 4;

type Put = (client: DynamoDBClient, table: string, records: readonly VersionedRecord[]) => Promise<unknown>;

const itemOf = ({ key, version, state }: VersionedRecord) => marshall({ ...state, key, version });

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));

const conditionalPut = (table: string, record: VersionedRecord) => ({
  TableName: table,
  Item: itemOf(record),
  ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':version': { N: String(record.version) } },
});

/** A loop of conditional puts, as anybody writes it first. */
const putLoop: Put = (client, table, records) =>
  pLimit(REQUESTS_AT_ONCE).map(records, (record) =>
    client.send(new PutItemCommand(conditionalPut(table, record))).catch((thrown) => {
      if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown;
    }),
  );

/** Conditional puts a hundred at a time: one that is stale refuses all, and the others are sent once more. */
const transactions: Put = (client, table, records) => {
  const commit = async (chunk: readonly VersionedRecord[]): Promise<void> => {
    if (chunk.length === 0) return;
    const TransactItems = chunk.map((record) => ({ Put: conditionalPut(table, record) }));
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems }));
    } catch (thrown) {
      if (!(thrown instanceof TransactionCanceledException)) throw thrown;
      await commit(chunk.filter((_, at) => thrown.CancellationReasons?.[at]?.Code === 'None'));
    }
  };
  return pLimit(REQUESTS_AT_ONCE).map(chunks(records, TRANSACTION), commit);
};

/** The SDK's batch call by itself: inserts that look at no answer and repeat nothing. */
const bareBatches: Put = (client, table, records) =>
  pLimit(REQUESTS_AT_ONCE).map(chunks(records, STATEMENTS), (chunk) =>
    client.send(
      new BatchExecuteStatementCommand({
        Statements: chunk.map((record) => {
          const item = itemOf(record);
          const fields = Object.keys(item).map((name) => `'${name}': ?`);
          return {
            Statement: `INSERT INTO "${table}" VALUE {${fields.join(', ')}}`,
            Parameters: Object.values(item),
          };
        }),
      }),
    ),
  );

const store: Put = (client, table, records) => {
  const under = new DynamoDbStore({ client, table, clock: systemClock, mostlyAbsent: true });
  return pLimit(BATCHES_AT_ONCE).map(chunks(records, BATCH), (chunk) => under.putIfNewer(chunk));
};

const CONTENDERS = { 'put-loop': putLoop, 'bare-batches': bareBatches, transactions, store };

const recordOf = (n: number): VersionedRecord => ({
  key: `key-${String(n).padStart(19, '0')}`,
  version: 1_700_000_000_000_000 + n,
  state: {
    username: `user-${n}`,
    firstName: 'First',
    lastName: `Last ${n}`,
    bio: 'Writes about everything and nothing, mostly nothing. '.repeat(4),
    avatarUrl: `https://example.com/avatars/${n}.png`,
  },
});

/** Writes so many items, once it is told to. */
await serveParent<SinkInput, null, SinkResult>(async (input, parent) => {
  const { endpoint, accessKeyId, table, items } = input;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'bench' },
  });
  const put = CONTENDERS[input.contender];
  const records = Array.from({ length: items }, (_, n) => recordOf(n));
  await put(
    client,
    table,
    records.slice(0, Math.min(1_000, items / 10)).map((record) => ({ ...record, key: `warm-${record.key}` })),
  );
  if (input.staleEvery > 0) {
    const newer = records.filter((_, n) => n % input.staleEvery === 0);
    await put(
      client,
      table,
      newer.map((record) => ({ ...record, version: record.version + 1 })),
    );
  }
  await parent.ready(null);
  const beganCpu = process.cpuUsage();
  const beganAtMs = performance.now();
  await put(client, table, records);
  const { user, system } = process.cpuUsage(beganCpu);
  client.destroy();
  return { elapsedMs: performance.now() - beganAtMs, cpuMs: (user + system) / 1_000 };
});
