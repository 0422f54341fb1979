import { expect, it } from '@jest/globals';
import {
  clusterTimeOf,
  MongoChangeFeed,
  placeOf,
  transactionOf,
} from '../../../services/outbox/changes/mongo-change-feed.ts';
import { describeChangeFeed, type NamedChange } from '../../contract/change-feed-contract.ts';
import { freshDatabase } from '../../support/engines.ts';

type Named = { _id: string };

const makeWorld = async () => {
  const { client, db, drop } = await freshDatabase();
  const names = await db.createCollection<Named>('names');
  const places = new Map<string, string>();
  const feed = new MongoChangeFeed<NamedChange>({
    db,
    name: 'contract',
    recovery: 'Begin anew.',
    view: {
      filter: { 'ns.coll': 'names' },
      stages: [],
      options: {},
      read: (event) => {
        const name = (event as { documentKey?: Named }).documentKey?._id ?? 'drop';
        places.set(name, placeOf(event));
        return { name, clusterTime: clusterTimeOf(event), transaction: transactionOf(event) };
      },
    },
  });
  return { client, db, names, places, feed, drop };
};

describeChangeFeed('MongoChangeFeed', async () => {
  const { client, names, places, feed, drop } = await makeWorld();
  return {
    feed,
    commit: async (...ids) => {
      if (ids.length === 1) await names.insertOne({ _id: ids.join() });
      else {
        await client.withSession((session) =>
          session.withTransaction(async () => {
            for (const _id of ids) await names.insertOne({ _id }, { session });
          }),
        );
      }
    },
    lose: async ({ change }) => {
      const name = change?.name ?? '';
      await names.insertOne({ _id: 'later' });
      // The token of an event that there never was, at the time of one that there is.
      const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase();
      return JSON.stringify({ _data: places.get(name)?.replace(`3C${hex(name)}00`, `3C${hex('?')}00`) });
    },
    close: drop,
  };
});

it('ends with a sentence when the database is dropped under it', async () => {
  const { db, feed, drop } = await makeWorld();
  const token = await feed.now();
  const following = async () => {
    for await (const item of feed.follow(token, new AbortController().signal)) {
      if (!item.change) await db.dropDatabase();
    }
  };
  await expect(following()).rejects.toMatchObject({ code: 'database-dropped' });
  await drop();
});
