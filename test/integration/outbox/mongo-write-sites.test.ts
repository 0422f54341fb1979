import { systemClock } from '../../../services/core/index.ts';
import { MongoWriteSites } from '../../../services/outbox/unexplained/mongo-write-sites.ts';
import { describeWriteSites } from '../../contract/write-sites-contract.ts';
import { freshDatabase } from '../../support/engines.ts';

describeWriteSites('MongoWriteSites', async () => {
  const { db, drop } = await freshDatabase();
  const sites = new MongoWriteSites({ db, clock: systemClock });
  await sites.prepare();
  return { sites, close: drop };
});
