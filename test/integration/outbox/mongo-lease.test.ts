import { MongoLease } from '../../../services/outbox/index.ts';
import { describeRelayLease } from '../../contract/relay-lease-contract.ts';
import { freshDatabase } from '../../support/engines.ts';

describeRelayLease('MongoDB', async () => {
  const { db, drop } = await freshDatabase();
  return { open: (ttlMs) => new MongoLease({ db, ttlMs }), close: drop };
});
