import { describe, expect, it } from '@jest/globals';
import { BSONSymbol, Decimal128, MongoClient } from 'mongodb';
import type { Partition } from '../../../migrations/backfill/source.ts';
import { MongoSource } from '../../../migrations/backfill/sources/mongo-source.ts';
import type { SourceDocument } from '../../../services/core/index.ts';
import { describeSource } from '../../contract/source-contract.ts';
import { freshDatabase } from '../../support/engines.ts';

const openSource = async () => {
  const { client, db, drop } = await freshDatabase();
  return { client, db, drop, source: new MongoSource({ db, collection: 'things' }) };
};

describeSource('MongoDB', async () => {
  const { db, drop, source } = await openSource();
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
});

describe('a MongoDB source', () => {
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
