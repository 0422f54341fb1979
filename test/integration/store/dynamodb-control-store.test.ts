import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../services/core/index.ts';
import { RevisionConflictError } from '../../../services/store/control-store.ts';
import { DynamoDbControlStore } from '../../../services/store/dynamodb-control-store.ts';
import { describeControlStore } from '../../contract/control-store-contract.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws } from '../../support/engines.ts';

const settings = freshAws();
const client = new DynamoDBClient(settings);
const clock = new VirtualClock();
let table: string;

beforeAll(async () => {
  table = await createTable(client, { partition: 'pk', sort: 'sk' });
});
afterAll(() => client.destroy());

describeControlStore('DynamoDB', async (contractClock) => {
  const empty = await createTable(client, { partition: 'pk', sort: 'sk' });
  return { store: new DynamoDbControlStore({ client, table: empty, clock: contractClock }) };
});

describe('DynamoDbControlStore', () => {
  it('shares its values with every other instance on the table', async () => {
    const [one, other] = [1, 2].map(() => new DynamoDbControlStore({ client, table, clock }));
    await one?.put('shared', 'from one', 0);
    await expect(other?.put('shared', 'from other', 0)).rejects.toBeInstanceOf(RevisionConflictError);
    expect(await other?.get('shared')).toEqual({ value: 'from one', revision: 1 });
  });

  it('takes its own write for a success when the client repeated it after a lost answer', async () => {
    const twice = new DynamoDBClient(settings);
    twice.middlewareStack.add(
      (next) => async (args) => {
        await next(args);
        return next(args);
      },
      { step: 'finalizeRequest', name: 'loseFirstAnswer', priority: 'low' },
    );
    const store = new DynamoDbControlStore({ client: twice, table, clock });
    expect(await store.put('repeated', 'mine', 0)).toBe(1);
    expect(await store.get('repeated')).toEqual({ value: 'mine', revision: 1 });
    twice.destroy();
  });

  it('names a table that is not there, and where it was looked for', async () => {
    const store = new DynamoDbControlStore({ client, table: 'nowhere', clock });
    const missing = {
      code: 'no-such-table',
      message: expect.stringMatching(/nowhere in http:\/\/127\.0\.0\.1/),
    };
    await expect(store.get('key')).rejects.toMatchObject(missing);
    await expect(store.put('key', 1, 0)).rejects.toMatchObject(missing);
    await expect(store.append('log', 1)).rejects.toMatchObject(missing);
    await expect(store.history('log', 1)).rejects.toMatchObject(missing);
  });

  it('says which primary key its table has to have', async () => {
    const other = await createTable(client, { partition: 'key' });
    const store = new DynamoDbControlStore({ client, table: other, clock });
    const named = {
      code: 'other-primary-key',
      message: expect.stringContaining('`pk` and, to sort by, `sk`'),
    };
    await expect(store.get('key')).rejects.toMatchObject(named);
    await expect(store.put('key', 1, 0)).rejects.toMatchObject(named);
    await expect(store.append('log', 1)).rejects.toMatchObject(named);
  });

  it('refuses a value that does not fit an item, and keeps the old one', async () => {
    const store = new DynamoDbControlStore({ client, table, clock });
    await store.put('big', 'small', 0);
    await expect(store.put('big', 'x'.repeat(400_000), 1)).rejects.toMatchObject({ code: 'value-too-large' });
    expect(await store.get('big')).toEqual({ value: 'small', revision: 1 });
  });
});
