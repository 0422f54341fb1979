import { describe, expect, it } from '@jest/globals';
import { captureLease } from '../../../services/outbox/capture/index.ts';
import { MongoLease } from '../../../services/outbox/index.ts';
import { describeRelayLease } from '../../contract/relay-lease-contract.ts';
import { freshDatabase } from '../../support/engines.ts';

describeRelayLease('MongoDB', async () => {
  const { db, drop } = await freshDatabase();
  return { open: (ttlMs) => new MongoLease({ db, ttlMs }), close: drop };
});

describeRelayLease('MongoDB, of a capture', async () => {
  const { db, drop } = await freshDatabase();
  return { open: (ttlMs) => captureLease({ db, ttlMs, collection: 'things' }), close: drop };
});

describe('leases of different names', () => {
  it('are held at the same time', async () => {
    const { db, drop } = await freshDatabase();
    const leases = [
      new MongoLease({ db, ttlMs: 60_000 }),
      captureLease({ db, ttlMs: 60_000, collection: 'things' }),
      captureLease({ db, ttlMs: 60_000, collection: 'others' }),
    ];
    for (const lease of leases) {
      expect(await lease.acquire('a')).toMatchObject({ epoch: 1 });
      expect(await lease.acquire('b')).toBeUndefined();
    }
    await drop();
  });
});
