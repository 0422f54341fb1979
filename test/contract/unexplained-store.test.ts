import { MemoryUnexplainedStore } from '../../services/outbox/unexplained/memory-unexplained-store.ts';
import { describeUnexplainedStore } from './unexplained-store-contract.ts';

describeUnexplainedStore('MemoryUnexplainedStore', async () => ({
  store: new MemoryUnexplainedStore(),
  close: async () => undefined,
}));
