import { MemoryPositionStore } from '../../services/outbox/changes/memory-position-store.ts';
import { describePositionStore } from './position-store-contract.ts';

describePositionStore('MemoryPositionStore', async () => ({
  store: new MemoryPositionStore(),
  close: async () => undefined,
}));
