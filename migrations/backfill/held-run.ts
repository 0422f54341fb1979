import { BanyanError } from '../../services/core/index.ts';
import { RevisionConflictError } from '../../services/store/control-store.ts';
import type {
  BackfillRun,
  CheckpointStore,
  CopyCounts,
  PartitionProgress,
  RunStatus,
} from './checkpoint-store.ts';
import { addCounts } from './copy-counts.ts';
import type { Position } from './source.ts';

/** Another process took the run over: this one must stop, and what it still writes obeys the write law anyway. */
export class RunTakenOverError extends BanyanError {
  constructor(plan: string, cause: unknown) {
    super('run-taken-over', `the backfill of ${plan} was taken over by another process: this one stops`, {
      cause,
    });
  }
}

/** A run that this process works on: progress is noted here and saved as a checkpoint from time to time. */
export class HeldRun {
  readonly #checkpoints: CheckpointStore;
  #run: BackfillRun;
  #revision: number;
  #saving: Promise<void> = Promise.resolve();

  /** `revision`: Required. That of the stored run, which names this process as its owner. */
  constructor(options: { checkpoints: CheckpointStore; run: BackfillRun; revision: number }) {
    this.#checkpoints = options.checkpoints;
    this.#run = options.run;
    this.#revision = options.revision;
  }

  get run(): BackfillRun {
    return this.#run;
  }

  /** Everything of the partition up to `position` was acknowledged. */
  advance(partitionId: string, position: Position, counts: CopyCounts): void {
    this.#change(partitionId, (progress) => ({ ...progress, ...addCounts(progress, counts), position }));
  }

  finishPartition(partitionId: string): void {
    this.#change(partitionId, (progress) => ({ ...progress, done: true }));
  }

  /**
   * Stores a checkpoint; calls follow one another.
   * @throws RunTakenOverError when the run is no longer this process's.
   */
  save(): Promise<void> {
    this.#saving = this.#saving.catch(() => {}).then(() => this.#store());
    return this.#saving;
  }

  /** Stores the run a last time, with nobody working on it. */
  release(status: RunStatus, finishedAtMs?: number): Promise<void> {
    const { owner: _, ...run } = this.#run;
    this.#run = { ...run, status, ...(finishedAtMs === undefined ? {} : { finishedAtMs }) };
    return this.save();
  }

  async #store(): Promise<void> {
    try {
      this.#revision = await this.#checkpoints.save(this.#run, this.#revision);
    } catch (thrown) {
      throw thrown instanceof RevisionConflictError ? new RunTakenOverError(this.#run.plan, thrown) : thrown;
    }
  }

  #change(partitionId: string, change: (progress: PartitionProgress) => PartitionProgress): void {
    const partitions = this.#run.partitions.map((progress) =>
      progress.partition.id === partitionId ? change(progress) : progress,
    );
    this.#run = { ...this.#run, partitions };
  }
}
