import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { BanyanError, type Clock } from '../core/index.ts';
import { type ControlStore, type LogEntry, RevisionConflictError, type Revisioned } from './control-store.ts';
import { explainDynamoDbError } from './dynamodb-errors.ts';

export interface DynamoDbControlStoreOptions {
  readonly client: DynamoDBClient;
  /** Required. A table with the string keys `pk` and `sk`. */
  readonly table: string;
  readonly clock: Clock;
}

/** An item of 400 KB holds the value, its key and four short attributes. */
const MAX_VALUE_BYTES = 390 * 1024;
const VALUE = 'value';
const ENTRY = 'entry#';

/**
 * Control state in one DynamoDB table: a key's value under `sk` = `value`, a log's entries under
 * `sk` = `entry#<time><sequence>#<random>`. Values are JSON strings; reads are consistent.
 * @throws UsageError `no-such-table` or `no-credentials`, UnavailableError, or a `retryable` BanyanError.
 */
export class DynamoDbControlStore implements ControlStore {
  readonly #client: DynamoDBClient;
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #clock: Clock;
  #appended = 0;

  constructor(options: DynamoDbControlStoreOptions) {
    this.#client = options.client;
    this.#documents = DynamoDBDocumentClient.from(options.client);
    this.#table = options.table;
    this.#clock = options.clock;
  }

  async get<T>(key: string): Promise<Revisioned<T> | undefined> {
    const Key = { pk: key, sk: VALUE };
    const { Item } = await this.#explained(() =>
      this.#documents.send(new GetCommand({ TableName: this.#table, Key, ConsistentRead: true })),
    );
    return Item && { value: JSON.parse(Item.json as string) as T, revision: Item.revision as number };
  }

  async put<T>(key: string, value: T | undefined, expectedRevision: number | 'any'): Promise<number> {
    if (value === undefined) return this.#forget(key, expectedRevision);
    const writeId = randomUUID();
    const update = this.#update(key, jsonOf(key, value), expectedRevision, writeId);
    try {
      const { Attributes } = await this.#documents.send(update);
      return Attributes?.revision as number;
    } catch (thrown) {
      if (!(thrown instanceof ConditionalCheckFailedException)) {
        throw await this.#explain(thrown);
      }
      // The client repeats a request whose answer got lost: then the revision that beat us is our own.
      if (thrown.Item?.writeId?.S === writeId) return Number(thrown.Item.revision?.N);
      throw new RevisionConflictError(key, Number(expectedRevision));
    }
  }

  async #forget(key: string, expectedRevision: number | 'any'): Promise<number> {
    const isAny = expectedRevision === 'any';
    const forget = new DeleteCommand({
      TableName: this.#table,
      Key: { pk: key, sk: VALUE },
      // The client repeats a request whose answer got lost: then there is nothing left to forget.
      ...(isAny
        ? {}
        : {
            ConditionExpression: 'attribute_not_exists(pk) OR revision = :expected',
            ExpressionAttributeValues: { ':expected': expectedRevision },
          }),
    });
    try {
      await this.#documents.send(forget);
      return 0;
    } catch (thrown) {
      if (!(thrown instanceof ConditionalCheckFailedException)) throw await this.#explain(thrown);
      throw new RevisionConflictError(key, Number(expectedRevision));
    }
  }

  async append<T>(log: string, entry: T): Promise<void> {
    const atMs = this.#clock.nowMs();
    const Item = {
      pk: { S: log },
      sk: { S: this.#entryKey(atMs) },
      atMs: { N: String(atMs) },
      json: { S: jsonOf(log, entry) },
    };
    await this.#explained(() => this.#client.send(new PutItemCommand({ TableName: this.#table, Item })));
  }

  async history<T>(log: string, limit: number): Promise<LogEntry<T>[]> {
    if (limit < 1) return [];
    const entries: LogEntry<T>[] = [];
    let from: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const page = await this.#explained(() => this.#documents.send(this.#query(log, limit, from)));
      for (const { atMs, json } of page.Items ?? []) entries.push({ atMs, entry: JSON.parse(json) as T });
      from = page.LastEvaluatedKey;
    } while (from && entries.length < limit);
    return entries.slice(0, limit);
  }

  #update(key: string, json: string, expectedRevision: number | 'any', writeId: string): UpdateCommand {
    const conditions = { any: undefined, absent: 'attribute_not_exists(pk)', at: 'revision = :expected' };
    const state = expectedRevision === 'any' ? 'any' : expectedRevision === 0 ? 'absent' : 'at';
    return new UpdateCommand({
      TableName: this.#table,
      Key: { pk: key, sk: VALUE },
      UpdateExpression:
        'SET #json = :json, writeId = :writeId, revision = if_not_exists(revision, :none) + :one',
      ConditionExpression: conditions[state],
      ExpressionAttributeNames: { '#json': 'json' },
      ExpressionAttributeValues: {
        ':json': json,
        ':writeId': writeId,
        ':none': 0,
        ':one': 1,
        ...(state === 'at' ? { ':expected': expectedRevision } : {}),
      },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  }

  #query(log: string, limit: number, from: QueryCommandOutput['LastEvaluatedKey']): QueryCommand {
    return new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: 'pk = :log AND begins_with(sk, :entry)',
      ExpressionAttributeValues: { ':log': log, ':entry': ENTRY },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
      ExclusiveStartKey: from,
    });
  }

  /** One writer's entries of one millisecond keep their order; two writers' never share a key. */
  #entryKey(atMs: number): string {
    this.#appended = (this.#appended + 1) % 1_000_000;
    return `${ENTRY}${pad(atMs, 15)}.${pad(this.#appended, 6)}#${randomUUID()}`;
  }

  async #explained<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (thrown) {
      throw await this.#explain(thrown);
    }
  }

  #explain(thrown: unknown): Promise<BanyanError> {
    const primaryKey = 'the strings `pk` and, to sort by, `sk`';
    return explainDynamoDbError(thrown, { client: this.#client, table: this.#table, primaryKey });
  }
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

const jsonOf = (key: string, value: unknown): string => {
  const json = JSON.stringify(value);
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_VALUE_BYTES) return json;
  throw new BanyanError(
    'value-too-large',
    `${key} is ${bytes} bytes of JSON: at most ${MAX_VALUE_BYTES} fit an item`,
  );
};
