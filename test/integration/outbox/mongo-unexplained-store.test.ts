import { MongoUnexplainedStore } from '../../../services/outbox/unexplained/mongo-unexplained-store.ts';
import { describeUnexplainedStore } from '../../contract/unexplained-store-contract.ts';
import { freshDatabase } from '../../support/engines.ts';

describeUnexplainedStore('MongoUnexplainedStore', async () => {
  const { db, drop } = await freshDatabase();
  const store = new MongoUnexplainedStore({ db });
  await store.prepare();
  return { store, close: drop };
});
