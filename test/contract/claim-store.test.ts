import { MemoryClaimStore } from '../../services/stream/memory-claim-store.ts';
import { describeClaimStore } from './claim-store-contract.ts';

describeClaimStore('memory', async () => {
  const claims = new MemoryClaimStore();
  return { claims, expire: async (reference) => claims.forget(reference), close: async () => undefined };
});
