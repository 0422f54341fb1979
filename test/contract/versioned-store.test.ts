import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLinesStore } from '../../migrations/backfill/sinks/json-lines-store.ts';
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

describeVersionedStore<State>(
  'a file of JSON Lines',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'banyan-lines-'));
    const store = await JsonLinesStore.open(join(folder, 'copy.jsonl'));
    const close = async () => {
      await store.close();
      await rm(folder, { recursive: true });
    };
    return { store, close };
  },
  {
    state: (n) => ({ name: `state ${n}`, n, nested: { list: [n, null, true, ''] } }),
    unstorable: { n: 1n },
    answersTombstones: true,
    repeated: 'stale',
    histories: 50,
  },
);
