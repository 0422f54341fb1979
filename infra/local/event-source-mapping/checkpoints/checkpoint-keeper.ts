import type { ShardCheckpoint, ShardCheckpointStore, ShardCheckpoints } from './shard-checkpoints.ts';

/**
 * One mapping's checkpoints while it runs. Shards report progress far more often than it pays to save: at most
 * one save is under way, and one more follows when something changed meanwhile.
 */
export class CheckpointKeeper {
  readonly #mappingId: string;
  readonly #store: ShardCheckpointStore;
  readonly #onError: (thrown: unknown) => void;
  #checkpoints: { [shardId: string]: ShardCheckpoint } = {};
  #dirty = false;
  #saving: Promise<void> = Promise.resolve();
  #isSaving = false;

  constructor(options: {
    readonly mappingId: string;
    readonly store: ShardCheckpointStore;
    /** Told when a save failed; the next change tries again. */
    readonly onError: (thrown: unknown) => void;
  }) {
    this.#mappingId = options.mappingId;
    this.#store = options.store;
    this.#onError = options.onError;
  }

  get checkpoints(): ShardCheckpoints {
    return this.#checkpoints;
  }

  /** Whether the mapping had begun before. */
  async load(): Promise<boolean> {
    const stored = await this.#store.load(this.#mappingId);
    this.#checkpoints = { ...stored };
    return stored !== undefined;
  }

  set(shardId: string, checkpoint: ShardCheckpoint): void {
    this.#checkpoints[shardId] = checkpoint;
    this.#changed();
  }

  /** Replaces all of them: what is not among them is forgotten. */
  replace(checkpoints: ShardCheckpoints): void {
    this.#checkpoints = { ...checkpoints };
    this.#changed();
  }

  /** Resolves once what was set before is saved, or has failed to be. */
  async flush(): Promise<void> {
    await this.#saving;
  }

  #changed(): void {
    this.#dirty = true;
    if (!this.#isSaving) this.#saving = this.#saveWhileDirty();
  }

  async #saveWhileDirty(): Promise<void> {
    this.#isSaving = true;
    try {
      while (this.#dirty) {
        this.#dirty = false;
        await this.#store.save(this.#mappingId, this.#checkpoints);
      }
    } catch (thrown) {
      this.#onError(thrown);
    } finally {
      this.#isSaving = false;
    }
  }
}
