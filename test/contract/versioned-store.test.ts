import type { State } from '../../services/core/index.ts';
import { MemoryStore } from '../../services/store/memory-store.ts';
import { describeVersionedStore } from './versioned-store-contract.ts';

describeVersionedStore<State>('memory', async () => ({ store: new MemoryStore() }), {
  state: (n) => ({ name: `state ${n}`, n, nested: { list: [n, null, true, ''] } }),
  unstorable: { n: 1n },
  answersTombstones: true,
  repeated: 'stale',
  histories: 200,
});
