import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MongoSource } from '../../../migrations/backfill/sources/mongo-source.ts';
import { ChangesUnknownError } from '../../../migrations/verify/changes-unknown-error.ts';
import { MongoChangedKeys } from '../../../migrations/verify/mongo-changed-keys.ts';
import { entityKeyOf, systemClock } from '../../../services/core/index.ts';
import { MIXED_IDS } from '../../contract/source-contract.ts';
import { freshDatabase } from '../../support/engines.ts';

const MAJORITY = { writeConcern: { w: 'majority' } } as const;

describe('what a MongoDB collection says of its changes', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let collection: string;
  let changedKeys: MongoChangedKeys;
  let source: MongoSource;
  let tests = 0;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  beforeEach(() => {
    const { db } = database;
    collection = `things${++tests}`;
    changedKeys = new MongoChangedKeys({ db, collection, clock: systemClock });
    source = new MongoSource({ db, collection });
  });
  afterAll(() => database.drop());

  const things = () => database.db.collection<{ _id: string; size?: number }>(collection);

  const since = async (position: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const batch of changedKeys.since(position, new AbortController().signal)) keys.push(...batch);
    return keys;
  };

  it('is every key that was inserted, updated, replaced or deleted from a position on, and no other', async () => {
    await things().insertMany(
      ['before', 'updated', 'replaced', 'deleted'].map((_id) => ({ _id, size: 0 })),
      MAJORITY,
    );
    const position = await source.now();
    await things().updateOne({ _id: 'updated' }, { $set: { size: 1 } }, MAJORITY);
    await things().replaceOne({ _id: 'replaced' }, { size: 2 }, MAJORITY);
    await things().deleteOne({ _id: 'deleted' }, MAJORITY);
    await things().insertOne({ _id: 'inserted' }, MAJORITY);
    await database.db.collection<{ _id: string }>('others').insertOne({ _id: 'elsewhere' }, MAJORITY);
    const keys = new Set(await since(position));
    // A position belongs to what it comes after: the last write before it may be named, too.
    keys.delete('before');
    expect([...keys].sort()).toEqual(['deleted', 'inserted', 'replaced', 'updated']);
  });

  it('names keys of every type as everybody does', async () => {
    await things().insertOne({ _id: 'first' }, MAJORITY);
    const position = await source.now();
    // The driver's own insertions would give `null` another id.
    await database.db.command({
      insert: collection,
      documents: MIXED_IDS.map((_id) => ({ _id })),
      writeConcern: { w: 'majority' },
    });
    const keys = await since(position);
    expect(keys).toEqual(expect.arrayContaining(MIXED_IDS.map(entityKeyOf)));
  });

  it('is nothing, soon, when nothing changed', async () => {
    await things().insertOne({ _id: 'first' }, MAJORITY);
    await database.db.collection<{ _id: string }>('others').insertOne({ _id: collection }, MAJORITY);
    expect(await since(await source.now())).toEqual([]);
  });

  it('is told without waiting for MongoDB to write something by itself, which an idle one does every ten seconds', async () => {
    await things().insertOne({ _id: 'first' }, MAJORITY);
    const position = await source.now();
    let nowMs = 0;
    // Gives up after three idle looks, a tenth of a second each.
    const clock = { ...systemClock, nowMs: () => (nowMs += 10_000) };
    const impatient = new MongoChangedKeys({ db: database.db, collection, clock });
    const batches: (readonly string[])[] = [];
    for await (const batch of impatient.since(position, new AbortController().signal)) batches.push(batch);
    expect(batches.flat()).toEqual(['first']);
  });

  it('is everything of thousands of changes, the last one included', async () => {
    await things().insertOne({ _id: 'first' }, MAJORITY);
    const position = await source.now();
    const ids = Array.from({ length: 5_000 }, (_, i) => `thing ${i}`);
    await things().insertMany(
      ids.map((_id) => ({ _id })),
      MAJORITY,
    );
    expect(new Set(await since(position))).toEqual(new Set([...ids, 'first']));
  });

  it('is unknown when the collection was dropped since', async () => {
    await things().insertOne({ _id: 'first' }, MAJORITY);
    const position = await source.now();
    await things().drop();
    await things().insertOne({ _id: 'second' }, MAJORITY);
    await expect(since(position)).rejects.toThrow(ChangesUnknownError);
  });

  it('cannot be asked for from the future, or from what is no position', async () => {
    const [seconds] = (await source.now()).split('.');
    await expect(since(`${Number(seconds) + 3_600}.1`)).rejects.toThrow('is still to come');
    for (const nonsense of ['', 'yesterday', '12', '1.2.3', '99999999999.1', '4294967296.0']) {
      await expect(since(nonsense)).rejects.toThrow('is no position of the source');
    }
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    await things().insertOne({ _id: 'first' }, MAJORITY);
    const reading = async () => {
      for await (const _ of changedKeys.since(await source.now(), signal));
    };
    await expect(reading()).rejects.toThrow('interrupted');
  });
});
