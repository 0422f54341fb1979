import { describe, expect, it } from '@jest/globals';
import { Binary, BSONSymbol, type Db, Decimal128, Long, MongoClient, UUID } from 'mongodb';
import type { Partition } from '../../../migrations/backfill/source.ts';
import { readMongoLoad } from '../../../migrations/backfill/sources/mongo-load.ts';
import { MongoSource } from '../../../migrations/backfill/sources/mongo-source.ts';
import type { SourceDocument } from '../../../services/core/index.ts';
import { describeSource, type SourceUnderTest } from '../../contract/source-contract.ts';
import { freshDatabase, mongoUri } from '../../support/engines.ts';

const openSource = async (as: (db: Db) => Db = (db) => db) => {
  const { client, db, drop } = await freshDatabase();
  return { client, db, drop, source: new MongoSource({ db: as(db), collection: 'things' }) };
};

/** The same database, which says that a router answers for it. */
const routed = (db: Db): Db =>
  Object.assign(Object.create(db), {
    command: async (...asked: Parameters<Db['command']>) => ({
      ...(await db.command(...asked)),
      ...('hello' in asked[0] && { msg: 'isdbgrid' }),
    }),
  });

const makeSource = (as?: (db: Db) => Db) => async (): Promise<SourceUnderTest> => {
  const { db, drop, source } = await openSource(as);
  return {
    source,
    insert: async (ids) => {
      // The driver's insertMany would replace an `_id` of null.
      const documents = ids.map((id) => ({ _id: id, name: `document of ${id}` }));
      if (documents.length > 0)
        await db.command({ insert: 'things', documents, writeConcern: { w: 'majority' } });
    },
    remove: async (id) => {
      await db.command({ delete: 'things', deletes: [{ q: { _id: id }, limit: 1 }] });
    },
    close: drop,
  };
};

describeSource('MongoDB', makeSource());
describeSource('MongoDB behind a router', makeSource(routed));

describe('a MongoDB source', () => {
  it('decodes documents like the driver, and reads on after ids that the driver was told to change', async () => {
    const { db, drop } = await freshDatabase();
    const bytes = new Binary(Buffer.from('x'));
    const stored = [1, Long.fromString('9007199254740993'), new UUID(), new UUID()].map((_id) => ({
      _id,
      bytes,
    }));
    await db.command({ insert: 'things', documents: stored, writeConcern: { w: 'majority' } });
    for (const options of [{}, { promoteValues: false }, { useBigInt64: true }, { promoteBuffers: true }]) {
      const like = new MongoClient(mongoUri(), options);
      const source = new MongoSource({ db: like.db(db.databaseName), collection: 'things' });
      const documents = await documentsOf(source, 1);
      expect(documents).toEqual(
        await like.db(db.databaseName).collection('things').find().sort({ _id: 1 }).toArray(),
      );
      expect(documents[0]?.bytes?.constructor).toBe('promoteBuffers' in options ? Buffer : Binary);
      await like.close();
    }
    await drop();
  });

  it('reads on where MongoDB ends a reply, at 16 MB', async () => {
    const { db, drop, source } = await openSource();
    const text = 'x'.repeat(7 * 1_024 * 1_024);
    for (const _id of [1, 2, 3]) await db.command({ insert: 'things', documents: [{ _id, text }] });
    expect((await documentsOf(source, 10)).map(({ _id }) => _id)).toEqual([1, 2, 3]);
    await drop();
  });

  it.each([10, 40, 60, 200])(
    'covers every id once where there are 40, and %i were counted',
    async (counted) => {
      const miscounted = (db: Db): Db =>
        Object.assign(Object.create(db), {
          collection: (name: string) =>
            Object.assign(Object.create(db.collection(name)), {
              estimatedDocumentCount: async () => counted,
            }),
        });
      const { db, drop, source } = await openSource(miscounted);
      const ids = Array.from({ length: 40 }, (_, i) => i);
      await db.command({
        insert: 'things',
        documents: ids.map((_id) => ({ _id })),
        writeConcern: { w: 'majority' },
      });
      for (const count of [1, 2, 3, 4, 16]) {
        const partitions = (await source.partition(count)).filter(({ bsonType }) => bsonType === 'number');
        const froms = partitions.map(({ from }) => Number(JSON.parse(from ?? '{}').$numberInt ?? -1));
        expect(froms).toEqual([...new Set(froms)].sort((a, b) => a - b));
        expect((await documentsOf(source, 10, count)).map(({ _id }) => _id)).toEqual(ids);
      }
      await drop();
    },
  );

  it('finds a decimal that is not a number, which no range matches', async () => {
    const { db, drop, source } = await openSource();
    await db.command({ insert: 'things', documents: [{ _id: new Decimal128('NaN') }, { _id: 1 }] });
    const counts = await Promise.all(
      (await source.partition(1)).map(async (partition) => {
        let documents = 0;
        for await (const batch of source.read(partition, null, 10)) documents += batch.documents.length;
        return documents;
      }),
    );
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(2);
    await drop();
  });

  it('reads a symbol, which old drivers wrote, as the string it is compared as', async () => {
    const { db, drop, source } = await openSource();
    await db.command({ insert: 'things', documents: [{ _id: new BSONSymbol('old') }] });
    const strings = (await source.partition(1)).find(({ bsonType }) => bsonType === 'string') as Partition;
    const documents: SourceDocument[] = [];
    for await (const batch of source.read(strings, null, 10)) documents.push(...batch.documents);
    expect(documents).toEqual([{ _id: 'old' }]);
    expect(await source.get(['old'])).toEqual([{ _id: 'old' }]);
    await drop();
  });

  it('says that a read may be repeated when no server answered', async () => {
    const nowhere = new MongoClient('mongodb://127.0.0.1:1/', { serverSelectionTimeoutMS: 50 });
    const source = new MongoSource({ db: nowhere.db('anything'), collection: 'things' });
    await expect(source.get(['ada'])).rejects.toMatchObject({ code: 'source-failed', retryable: true });
    await nowhere.close();
  });
});

const documentsOf = async (source: MongoSource, batchSize: number, count = 4): Promise<SourceDocument[]> => {
  const documents: SourceDocument[] = [];
  for (const partition of await source.partition(count))
    for await (const batch of source.read(partition, null, batchSize)) documents.push(...batch.documents);
  return documents;
};

describe('a MongoDB source of a part', () => {
  const things = Array.from({ length: 40 }, (_, i) => ({
    _id: i,
    name: `thing ${i}`,
    note: 'long',
    even: i % 2 === 0,
    _banyan: { entity: i },
  }));

  it('counts and reads what matches a filter, and nothing else', async () => {
    const { db, drop } = await freshDatabase();
    await db.command({ insert: 'things', documents: things, writeConcern: { w: 'majority' } });
    const source = new MongoSource({ db, collection: 'things', filter: { even: true } });
    const partitions = (await source.partition(4)).filter(({ estimated }) => estimated > 0);
    expect(partitions.map(({ estimated }) => estimated)).toEqual([5, 5, 5, 5]);
    expect((await documentsOf(source, 10)).map(({ _id }) => _id)).toEqual(
      Array.from({ length: 20 }, (_, i) => i * 2),
    );
    await drop();
  });

  it('fetches the fields that it was told, the key and the versions; single documents are whole', async () => {
    const { db, drop } = await freshDatabase();
    await db.command({ insert: 'things', documents: things.slice(7, 8), writeConcern: { w: 'majority' } });
    const source = new MongoSource({ db, collection: 'things', fields: ['name'] });
    expect(await documentsOf(source, 10)).toEqual([{ _id: 7, name: 'thing 7', _banyan: { entity: 7 } }]);
    expect(await source.get(['{"$numberInt":"7"}'])).toEqual([things[7]]);
    await drop();
  });
});

describe('how busy MongoDB is', () => {
  it('is said by the server itself', async () => {
    const { db, drop } = await freshDatabase();
    const load = await readMongoLoad(db);
    expect(load.connectionsShare).toBeGreaterThan(0);
    expect(load.connectionsShare).toBeLessThan(1);
    expect(load.queuedOperations).toBeGreaterThanOrEqual(0);
    await drop();
  });
});
