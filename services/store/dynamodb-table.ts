import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { IPolicy } from 'cockatiel';
import { BanyanError, RejectError } from '../core/index.ts';
import { explainDynamoDbError, isOtherKey } from './dynamodb-errors.ts';
import { type Item, isPossibleKey } from './dynamodb-item.ts';
import { type RetryOptions, retryTransient } from './dynamodb-retry.ts';
import type { PutOutcome } from './versioned-store.ts';

/** What BatchGetItem takes at once. */
const KEYS_PER_READ = 100;

/**
 * The calls of one table under the write law (law 1). Each is retried while it fails transiently.
 * @throws BanyanError, `retryable` where trying again later makes sense.
 */
export class DynamoDbTable {
  readonly name: string;
  readonly #client: DynamoDBClient;
  readonly #retry: IPolicy;

  /** `onBusy`: Optional. Called for every attempt that failed transiently. */
  constructor(options: {
    client: DynamoDBClient;
    table: string;
    retry: RetryOptions;
    onBusy?: (() => void) | undefined;
  }) {
    this.name = options.table;
    this.#client = options.client;
    this.#retry = retryTransient(options.retry);
    this.#retry.onFailure(({ handled }) => handled && options.onBusy?.());
  }

  /** Stores an item unless one of its version or a higher one is there. */
  put(item: Item): Promise<PutOutcome> {
    return this.call(async (client) => {
      try {
        await client.send(this.#conditionalPut(item));
        return 'written';
      } catch (thrown) {
        if (thrown instanceof ConditionalCheckFailedException) return 'stale';
        // What DynamoDB does not accept as an item now, it never will.
        if (!isNamed(thrown, 'ValidationException') || isOtherKey(thrown)) throw thrown;
        return new RejectError(`DynamoDB does not accept ${item.key?.S}: ${thrown.message}`, {
          cause: thrown,
        });
      }
    });
  }

  /** The items of `keys`, by key, as of now. */
  async get(keys: readonly string[]): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    const wanted = [...new Set(keys)].filter(isPossibleKey);
    for (let from = 0; from < wanted.length; from += KEYS_PER_READ) {
      await this.#read(wanted.slice(from, from + KEYS_PER_READ), found);
    }
    return found;
  }

  /** Every item without `deleted`, page by page. */
  async *scan(): AsyncIterable<Item[]> {
    let from: ScanCommandOutput['LastEvaluatedKey'];
    do {
      const page = await this.call((client) => client.send(this.#scan(from)));
      if (page.Items && page.Items.length > 0) yield page.Items;
      from = page.LastEvaluatedKey;
    } while (from);
  }

  /** Makes a call, again while it fails transiently, and says its failure in Banyan's words. */
  async call<T>(body: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    try {
      return await this.#retry.execute(() => body(this.#client));
    } catch (thrown) {
      throw await explainDynamoDbError(thrown, { client: this.#client, table: this.name });
    }
  }

  /** A page larger than 16 MB, or a throttled one, leaves keys unprocessed: they are asked for again. */
  async #read(keys: readonly string[], found: Map<string, Item>): Promise<void> {
    let pending: Item[] = keys.map((key) => ({ key: { S: key } }));
    await this.call(async (client) => {
      const request = { [this.name]: { Keys: pending, ConsistentRead: true } };
      const answer = await client.send(new BatchGetItemCommand({ RequestItems: request }));
      for (const item of answer.Responses?.[this.name] ?? []) found.set(item.key?.S ?? '', item);
      pending = answer.UnprocessedKeys?.[this.name]?.Keys ?? [];
      if (pending.length === 0) return;
      const message = `DynamoDB table ${this.name} left ${pending.length} key(s) unread`;
      throw new BanyanError('dynamodb-busy', message, { retryable: true });
    });
  }

  #conditionalPut(item: Item): PutItemCommand {
    return new PutItemCommand({
      TableName: this.name,
      Item: item,
      ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':version': item.version ?? { N: '0' } },
    });
  }

  #scan(from: ScanCommandOutput['LastEvaluatedKey']): ScanCommand {
    return new ScanCommand({
      TableName: this.name,
      ConsistentRead: true,
      FilterExpression: 'attribute_not_exists(#deleted)',
      ExpressionAttributeNames: { '#deleted': 'deleted' },
      ExclusiveStartKey: from,
    });
  }
}

const isNamed = (thrown: unknown, name: string): thrown is Error =>
  thrown instanceof Error && thrown.name === name;
