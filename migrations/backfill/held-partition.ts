import pLimit from 'p-limit';
import { BanyanError } from '../../services/core/index.ts';
import { RevisionConflictError } from '../../services/store/control-store.ts';
import type {
  BackfillRun,
  CheckpointStore,
  CopyCounts,
  PartitionProgress,
  Worker,
} from './checkpoint-store.ts';
import { addCounts } from './copy-counts.ts';
import type { Position } from './source.ts';

/** Another worker took the partition over: this one must leave it, and what it still writes obeys the write law. */
export class PartitionLostError extends BanyanError {
  constructor(progress: PartitionProgress, cause: unknown) {
    super('partition-lost', `another worker took over partition ${progress.partition.id}`, { cause });
  }
}

/** A partition that this worker holds: progress is noted here, and saved as a checkpoint from time to time. */
export class HeldPartition {
  readonly #checkpoints: CheckpointStore;
  readonly #run: BackfillRun;
  #progress: PartitionProgress;
  #revision: number;
  #released = false;
  /** One after the other: each save names the revision of the one before. */
  readonly #inTurn = pLimit(1);

  /** `revision`: Required. That of the stored partition, which names this worker as its owner. */
  constructor(options: {
    checkpoints: CheckpointStore;
    run: BackfillRun;
    progress: PartitionProgress;
    revision: number;
  }) {
    this.#checkpoints = options.checkpoints;
    this.#run = options.run;
    this.#progress = options.progress;
    this.#revision = options.revision;
  }

  get progress(): PartitionProgress {
    return this.#progress;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Everything up to `position` was acknowledged. */
  advance(position: Position, counts: CopyCounts): void {
    this.#progress = { ...this.#progress, ...addCounts(this.#progress, counts), position };
  }

  /** Stores a checkpoint, which is also the sign of life; calls follow one another. @throws PartitionLostError */
  save(owner: Worker): Promise<void> {
    if (this.#released) return Promise.resolve();
    return this.#save(() => ({ ...this.#progress, owner }));
  }

  /** Stores the partition a last time, with nobody working on it. @throws PartitionLostError */
  release(options: { done: boolean }): Promise<void> {
    this.#released = true;
    return this.#save(() => {
      const { owner: _, ...progress } = this.#progress;
      return { ...progress, done: options.done };
    });
  }

  #save(next: () => PartitionProgress): Promise<void> {
    return this.#inTurn(() => this.#store(next()));
  }

  async #store(progress: PartitionProgress): Promise<void> {
    try {
      this.#revision = await this.#checkpoints.savePartition(this.#run, progress, this.#revision);
    } catch (thrown) {
      throw thrown instanceof RevisionConflictError ? new PartitionLostError(progress, thrown) : thrown;
    }
    // Position and counts may have advanced meanwhile; who owns it, and whether it is done, is decided here alone.
    const { owner: _, ...current } = this.#progress;
    this.#progress = {
      ...current,
      done: progress.done,
      ...(progress.owner ? { owner: progress.owner } : {}),
    };
  }
}
