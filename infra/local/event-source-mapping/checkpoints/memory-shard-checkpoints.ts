import type { ShardCheckpointStore, ShardCheckpoints } from './shard-checkpoints.ts';

/** Checkpoints that go with the process. */
export class MemoryShardCheckpoints implements ShardCheckpointStore {
  readonly #byMapping = new Map<string, ShardCheckpoints>();

  async load(mappingId: string): Promise<ShardCheckpoints | undefined> {
    return this.#byMapping.get(mappingId);
  }

  async save(mappingId: string, checkpoints: ShardCheckpoints): Promise<void> {
    this.#byMapping.set(mappingId, { ...checkpoints });
  }

  async remove(mappingId: string): Promise<void> {
    this.#byMapping.delete(mappingId);
  }
}
