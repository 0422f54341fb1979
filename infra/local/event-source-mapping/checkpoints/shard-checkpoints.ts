import type { Position } from '../streams/stream-reader.ts';

/** How far a mapping is in one shard: where to go on, or that the shard was read to its end. */
export type ShardCheckpoint = Position | { readonly at: 'SHARD_END' };

/** Shard id → checkpoint. Once a mapping has begun, every shard that it knows is in here. */
export type ShardCheckpoints = { readonly [shardId: string]: ShardCheckpoint };

/**
 * Keeps how far mappings are: "Lambda keeps track of the last record processed and resumes processing from that
 * point when it's reenabled".
 */
export interface ShardCheckpointStore {
  /** `undefined` for a mapping that never began. */
  load(mappingId: string): Promise<ShardCheckpoints | undefined>;
  /** Replaces what was saved, whole. */
  save(mappingId: string, checkpoints: ShardCheckpoints): Promise<void>;
  /** Forgets a mapping that was deleted. */
  remove(mappingId: string): Promise<void>;
}
