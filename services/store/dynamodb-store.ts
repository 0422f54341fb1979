import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pLimit from 'p-limit';
import { type Clock, RejectError, type State, type VersionedRecord } from '../core/index.ts';
import { type Limit, runInKeyOrder } from '../stream/run-in-key-order.ts';
import { insertAbsent, STATEMENTS_PER_CALL } from './dynamodb-inserts.ts';
import { type Item, itemOf, recordOf } from './dynamodb-item.ts';
import { DEFAULT_RETRY, type RetryOptions } from './dynamodb-retry.ts';
import { DynamoDbTable } from './dynamodb-table.ts';
import type { PutOutcome, VersionedStore } from './versioned-store.ts';

/** Longer than a stream keeps records by default (a day) and any backfill should take, weeks included. */
export const DEFAULT_TOMBSTONE_TTL_MS = 30 * 24 * 3_600_000;

export interface DynamoDbStoreOptions {
  readonly client: DynamoDBClient;
  /** Required. A table with the string key `key`, and TTL on the attribute `expiresAt`. */
  readonly table: string;
  readonly clock: Clock;
  /**
   * Optional: defaults to 30 days. How long a tombstone stays: longer than the stream's retention plus the
   * longest backfill, or what they still carry brings a deleted key back (law 3).
   */
  readonly tombstoneTtlMs?: number;
  /** Optional: defaults to 32. Requests under way at once, over all calls of this store. */
  readonly concurrency?: number;
  /**
   * Optional: defaults to false. For copying into a store that holds few of the keys yet: 25 keys at once are
   * inserted by PartiQL first, and only what exists is put under its condition. Needs `dynamodb:PartiQLInsert`.
   */
  readonly mostlyAbsent?: boolean;
  /** Optional: defaults to six retries with full jitter, 100 ms to 5 s. */
  readonly retry?: RetryOptions;
  /**
   * Optional. Called whenever the table was too busy for a call, before that is repeated: for whoever can ask for
   * less. The client hides what it repeats by itself: give it `maxAttempts: 1`.
   */
  readonly onBusy?: () => void;
}

/**
 * A versioned store in a DynamoDB table, by conditional puts (law 1). Items are flat: the state's fields beside
 * `key`, `version` and, for a tombstone, `deleted` and `expiresAt`.
 */
export class DynamoDbStore<S extends State = State> implements VersionedStore<S> {
  readonly #table: DynamoDbTable;
  readonly #clock: Clock;
  readonly #tombstoneTtlMs: number;
  readonly #mostlyAbsent: boolean;
  readonly #limit: Limit;

  constructor(options: DynamoDbStoreOptions) {
    const { client, table, retry = DEFAULT_RETRY, onBusy } = options;
    this.#table = new DynamoDbTable({ client, table, retry, onBusy });
    this.#clock = options.clock;
    this.#tombstoneTtlMs = options.tombstoneTtlMs ?? DEFAULT_TOMBSTONE_TTL_MS;
    this.#mostlyAbsent = options.mostlyAbsent ?? false;
    this.#limit = pLimit(options.concurrency ?? 32);
  }

  async putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    const inserted = this.#mostlyAbsent ? await this.#insert(records) : NOTHING;
    const left = records.filter((record) => !inserted.has(record));
    const put = await runInKeyOrder({
      items: left,
      keyOf: ({ key }) => key,
      limit: this.#limit,
      run: (record) => this.#put(record),
    });
    const outcomes = put.values();
    return records.map((record) => (inserted.has(record) ? 'written' : (outcomes.next().value ?? 'written')));
  }

  /** Why no item can ever hold a record, as far as that can be told without asking the table. */
  check(record: VersionedRecord<S>): RejectError | undefined {
    const item = this.#itemOf(record);
    return item instanceof RejectError ? item : undefined;
  }

  async get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    const items = await this.#table.get(keys);
    const nowMs = this.#clock.nowMs();
    return keys.map((key) => {
      const item = items.get(key);
      return item && recordOf<S>(item, nowMs);
    });
  }

  async *scan(): AsyncIterable<VersionedRecord<S>[]> {
    for await (const items of this.#table.scan()) {
      yield items.flatMap((item) => recordOf<S>(item, this.#clock.nowMs()) ?? []);
    }
  }

  async #put(record: VersionedRecord<S>): Promise<PutOutcome> {
    const item = this.#itemOf(record);
    return item instanceof RejectError ? item : this.#table.put(item);
  }

  #itemOf(record: VersionedRecord<S>): Item | RejectError {
    const options = { nowMs: this.#clock.nowMs(), tombstoneTtlMs: this.#tombstoneTtlMs };
    try {
      return itemOf(record, options);
    } catch (thrown) {
      if (thrown instanceof RejectError) return thrown;
      throw thrown;
    }
  }

  /** Inserts each key's first record where the key is absent; one key twice in a call would have no order. */
  async #insert(records: readonly VersionedRecord<S>[]): Promise<ReadonlySet<VersionedRecord<S>>> {
    const firsts = new Map<string, VersionedRecord<S>>();
    for (const record of records) if (!firsts.has(record.key)) firsts.set(record.key, record);
    const waiting = [...firsts.values()];
    const calls: VersionedRecord<S>[][] = [];
    for (let from = 0; from < waiting.length; from += STATEMENTS_PER_CALL)
      calls.push(waiting.slice(from, from + STATEMENTS_PER_CALL));
    const inserted = await runInKeyOrder({
      items: calls,
      keyOf: (call) => call[0]?.key ?? '',
      limit: this.#limit,
      run: (call) => this.#insertTogether(call),
    });
    return new Set(inserted.flat());
  }

  /** Items are made when their call's turn has come: what waits takes no memory but its record's. */
  async #insertTogether(records: readonly VersionedRecord<S>[]): Promise<VersionedRecord<S>[]> {
    const usable: VersionedRecord<S>[] = [];
    const items: Item[] = [];
    for (const record of records) {
      const item = this.#itemOf(record);
      if (item instanceof RejectError) continue;
      usable.push(record);
      items.push(item);
    }
    const done = await insertAbsent(this.#table, items);
    return usable.filter((_, n) => done[n]);
  }
}

const NOTHING: ReadonlySet<unknown> = new Set();
