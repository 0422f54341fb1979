import { expect, it } from '@jest/globals';
import { MongoPositionStore, positionsOf } from '../../../services/outbox/changes/mongo-position-store.ts';
import { describePositionStore } from '../../contract/position-store-contract.ts';
import { freshDatabase } from '../../support/engines.ts';

describePositionStore('MongoPositionStore', async () => {
  const { db, drop } = await freshDatabase();
  return { store: new MongoPositionStore({ db }), close: drop };
});

it('takes a document that was only nudged for no position', async () => {
  const { db, drop } = await freshDatabase();
  await positionsOf(db).insertOne({ _id: 'a', nudges: 1 });
  expect(await new MongoPositionStore({ db }).load('a')).toBeUndefined();
  await drop();
});
