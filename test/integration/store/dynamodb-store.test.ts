import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RejectError, type State, systemClock, VirtualClock } from '../../../services/core/index.ts';
import { DynamoDbStore, type DynamoDbStoreOptions } from '../../../services/store/dynamodb-store.ts';
import { describeVersionedStore } from '../../contract/versioned-store-contract.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';

const DAY_MS = 24 * 3_600_000;
const client = new DynamoDBClient(freshAws());
afterAll(() => client.destroy());

const traits = {
  state: (n: number): State => ({ name: `state ${n}`, n, nested: { list: [n, null, true, ''] } }),
  unstorable: { version: 3 } as State,
  answersTombstones: true,
  repeated: 'stale' as const,
  histories: 8,
};

for (const mostlyAbsent of [false, true]) {
  const make = async () => {
    const table = await createTable(client, { partition: 'key' });
    return { store: new DynamoDbStore({ client, table, clock: systemClock, mostlyAbsent }) };
  };
  describeVersionedStore(mostlyAbsent ? 'DynamoDB, inserting first' : 'DynamoDB', make, traits);
}

describe.each([false, true])('DynamoDbStore with mostlyAbsent: %s', (mostlyAbsent) => {
  let table: string;
  let clock: VirtualClock;

  beforeAll(async () => {
    table = await createTable(client, { partition: 'key' });
  });
  beforeEach(() => {
    clock = new VirtualClock();
  });
  const storeWith = (more: Partial<DynamoDbStoreOptions> = {}) =>
    new DynamoDbStore({ client, table, clock, mostlyAbsent, ...more });
  const itemOf = async (key: string) =>
    (await client.send(new GetItemCommand({ TableName: table, Key: { key: { S: key } } }))).Item;

  it('keeps a state as a flat item and leaves no field of an older one', async () => {
    const store = storeWith();
    await store.putIfNewer([{ key: 'flat', version: 1, state: { a: 1, gone: true } }]);
    await store.putIfNewer([{ key: 'flat', version: 2, state: { a: 2, absent: undefined } }]);
    expect(await itemOf('flat')).toEqual({ key: { S: 'flat' }, version: { N: '2' }, a: { N: '2' } });
  });

  it('keeps a tombstone with the second after which it may go', async () => {
    await storeWith({ tombstoneTtlMs: DAY_MS }).putIfNewer([{ key: 'dead', version: 3, state: null }]);
    expect(await itemOf('dead')).toEqual({
      key: { S: 'dead' },
      version: { N: '3' },
      deleted: { BOOL: true },
      expiresAt: { N: String((clock.nowMs() + DAY_MS) / 1_000) },
    });
  });

  it('does not answer a tombstone past its time, though it still beats what is older', async () => {
    const store = storeWith({ tombstoneTtlMs: DAY_MS });
    await store.putIfNewer([{ key: 'late', version: 7, state: null }]);
    await clock.advance(DAY_MS - 1_000);
    expect(await store.get(['late'])).toEqual([{ key: 'late', version: 7, state: null }]);
    await clock.advance(1_000);
    expect(await store.get(['late'])).toEqual([undefined]);
    expect(await store.putIfNewer([{ key: 'late', version: 6, state: { a: 1 } }])).toEqual(['stale']);
    expect(await store.putIfNewer([{ key: 'late', version: 8, state: { a: 1 } }])).toEqual(['written']);
  });

  it.each<[string, State]>([
    ['a field that the store keeps for itself', { expiresAt: 1 }],
    ['a date', { at: new Date(0) }],
    ['not a number', { n: Number.NaN }],
    ['a number beyond what DynamoDB keeps', { n: 1e200 }],
    ['more than 400 KB', { text: 'x'.repeat(410_000) }],
    [
      'more than 400 KB in many parts',
      { list: Array.from({ length: 50 }, () => ({ text: 'x'.repeat(9_000) })) },
    ],
  ])('rejects %s', async (_what, state) => {
    const [outcome] = await storeWith().putIfNewer([{ key: 'bad', version: 1, state }]);
    expect(outcome).toBeInstanceOf(RejectError);
    expect(await itemOf('bad')).toBeUndefined();
  });

  it('rejects a key that no item can have, and answers undefined for it', async () => {
    const keys = ['', 'k'.repeat(2_049)];
    const outcomes = await storeWith().putIfNewer(keys.map((key) => ({ key, version: 1, state: {} })));
    expect(outcomes).toEqual([expect.any(RejectError), expect.any(RejectError)]);
    expect(await storeWith().get(keys)).toEqual([undefined, undefined]);
  });

  it('takes fields with names that DynamoDB reserves, or that are no identifiers', async () => {
    const state = { name: 'a', status: 'b', "it's": 'c', 'with space': 'd', 'a.b': 'e', ünï: 'f' };
    const store = storeWith();
    expect(await store.putIfNewer([{ key: 'words', version: 1, state }])).toEqual(['written']);
    expect(await store.get(['words'])).toEqual([{ key: 'words', version: 1, state }]);
  });

  it('counts an item without a version, which somebody else wrote, as older than any', async () => {
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    await client.send(
      new PutItemCommand({ TableName: table, Item: { key: { S: 'foreign' }, a: { N: '1' } } }),
    );
    const store = storeWith();
    expect(await store.putIfNewer([{ key: 'foreign', version: 0, state: { a: 2 } }])).toEqual(['written']);
    expect(await store.get(['foreign'])).toEqual([{ key: 'foreign', version: 0, state: { a: 2 } }]);
  });

  it('fails for a table that is not there, instead of rejecting the record', async () => {
    const store = storeWith({ table: 'nowhere' });
    const missing = { code: 'no-such-table', message: expect.stringContaining('nowhere') };
    await expect(store.putIfNewer([{ key: 'a', version: 1, state: {} }])).rejects.toMatchObject(missing);
    await expect(store.get(['a'])).rejects.toMatchObject(missing);
    await expect(store.scan()[Symbol.asyncIterator]().next()).rejects.toMatchObject(missing);
  });

  it('fails for a table with another primary key, instead of rejecting every record', async () => {
    const store = storeWith({ table: await createTable(client, { partition: 'id' }) });
    const other = { code: 'other-primary-key', message: expect.stringContaining('must be the string `key`') };
    await expect(store.putIfNewer([{ key: 'a', version: 1, state: {} }])).rejects.toMatchObject(other);
    await expect(store.get(['a'])).rejects.toMatchObject(other);
  });
});
