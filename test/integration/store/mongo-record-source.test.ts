import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Db, MongoClient, ObjectId } from 'mongodb';
import {
  type EntityDefinition,
  entityKeyOf,
  RejectError,
  systemClock,
  versionOf,
} from '../../../services/core/index.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import { MongoRecordSource } from '../../../services/store/mongo-record-source.ts';
import { ReadThrough } from '../../../services/store/read-through.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws, freshDatabase, mongoUri } from '../../support/engines.ts';

const entity: EntityDefinition = {
  name: 'thing',
  collection: 'things',
  stream: 'things',
  slices: { part: ['name'] },
};

let db: Db;
let drop: () => Promise<void>;
let outbox: Outbox;
let source: MongoRecordSource;

beforeAll(async () => {
  const fresh = await freshDatabase();
  ({ db, drop } = fresh);
  outbox = new Outbox({ client: fresh.client, db, clock: systemClock, source: '/test' });
  await outbox.open();
  source = new MongoRecordSource({
    db,
    entity,
    slice: 'part',
    transform: ({ name }) => {
      if (typeof name !== 'string') throw new RejectError('the name is no string');
      return { name };
    },
  });
});
afterAll(() => drop());

const create = (name: unknown) => outbox.transaction((tx) => tx.create(entity, { name }, 'thing.created'));
const remove = (id: unknown) => outbox.transaction((tx) => tx.delete(entity, id, 'thing.deleted'));

describe('MongoRecordSource', () => {
  it("answers documents as records at their slice's version, in the order of the keys", async () => {
    const [a, b] = [await create('a'), await create('b')];
    const keys = [String(b._id), new ObjectId().toHexString(), String(a._id)];
    expect(await source.read(keys)).toEqual([
      { key: keys[0], version: versionOf(b, 'part'), state: { name: 'b' } },
      undefined,
      { key: keys[2], version: versionOf(a, 'part'), state: { name: 'a' } },
    ]);
  });

  it('answers a document of before the outbox at version 0', async () => {
    const { insertedId } = await db.collection('things').insertOne({ name: 'old' });
    const key = insertedId.toHexString();
    expect(await source.read([key])).toEqual([{ key, version: 0, state: { name: 'old' } }]);
  });

  it('answers a tombstone at the version that the deletion left, above every version before it', async () => {
    const created = await create('short-lived');
    const deleted = await remove(created._id);
    const key = String(created._id);
    const [record] = await source.read([key]);
    expect(record).toEqual({ key, version: deleted && versionOf(deleted, 'part'), state: null });
    expect(record?.version).toBeGreaterThan(versionOf(created, 'part'));
  });

  it('answers the document of a key that was created anew', async () => {
    const { _id } = await create('first');
    const deleted = await remove(_id);
    await outbox.transaction((tx) => tx.create(entity, { _id, name: 'second' }, 'thing.created'));
    const [record] = await source.read([String(_id)]);
    expect(record?.state).toEqual({ name: 'second' });
    expect(record?.version).toBeGreaterThan(deleted ? versionOf(deleted, 'part') : Number.NaN);
  });

  it('does not take the deletion of another collection for its own', async () => {
    const other = { ...entity, collection: 'others' };
    const _id = new ObjectId();
    await outbox.transaction((tx) => tx.create(other, { _id, name: 'x' }, 'other.created'));
    await outbox.transaction((tx) => tx.delete(other, _id, 'other.deleted'));
    expect(await source.read([_id.toHexString()])).toEqual([undefined]);
  });

  it('says which document can never be transformed', async () => {
    const { _id } = await create(7);
    await expect(source.read([String(_id)])).rejects.toBeInstanceOf(RejectError);
  });

  it('reads keys of any type of _id', async () => {
    const ids = ['text', 5, { part: 1 }];
    const documents = ids.map((_id) => ({ _id: _id as unknown as ObjectId, name: JSON.stringify(_id) }));
    await db.collection('things').insertMany(documents);
    const records = await source.read(ids.map(entityKeyOf));
    expect(records.map((record) => record?.state?.name)).toEqual(['"text"', '5', '{"part":1}']);
  });

  it('asks for what a majority has, no older than the question', async () => {
    const commands: { [field: string]: unknown }[] = [];
    const client = new MongoClient(mongoUri(), { monitorCommands: true });
    client.on('commandStarted', ({ commandName, command }) => {
      if (commandName === 'find') commands.push(command.readConcern);
    });
    const watched = new MongoRecordSource({
      db: client.db(db.databaseName),
      entity,
      slice: 'part',
      transform: () => null,
    });
    await watched.read([new ObjectId().toHexString()]);
    await client.close();
    const fresh = { level: 'majority', afterClusterTime: expect.anything() };
    expect(commands).toEqual([fresh, fresh]);
  });
});

describe('reading through from MongoDB to DynamoDB', () => {
  const client = new DynamoDBClient(freshAws());
  afterAll(() => client.destroy());

  it('fills the table with documents and deletions, and leaves what is newer', async () => {
    const table = await createTable(client, { partition: 'key' });
    const store = new DynamoDbStore({ client, table, clock: systemClock });
    const fills: string[] = [];
    const reader = new ReadThrough({ store, source, report: (outcome) => fills.push(outcome) });
    const document = await create('read');
    const gone = await create('gone');
    const deleted = await remove(gone._id);
    const keys = [String(document._id), String(gone._id)];
    const expected = [
      { key: keys[0], version: versionOf(document, 'part'), state: { name: 'read' } },
      { key: keys[1], version: deleted && versionOf(deleted, 'part'), state: null },
    ];
    expect(await Promise.all(keys.map((key) => reader.get(key)))).toEqual(expected);
    expect(await store.get(keys)).toEqual(expected);
    expect(fills).toEqual(['written', 'written']);
  });
});
