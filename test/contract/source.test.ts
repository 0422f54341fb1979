import { MemorySource } from '../../migrations/backfill/sources/memory-source.ts';
import { entityKeyOf } from '../../services/core/index.ts';
import { describeSource } from './source-contract.ts';

describeSource('memory', async () => {
  const source = new MemorySource();
  return {
    source,
    insert: async (ids) => {
      for (const id of ids) source.put({ _id: id, name: `document of ${id}` });
    },
    remove: async (id) => source.delete(entityKeyOf(id)),
    close: async () => {},
  };
});
