import type { Revisioned } from '../../services/store/control-store.ts';
import type { Orders } from './orders.ts';
import type { Partition, Position } from './source.ts';

/** What became of documents that were read. */
export interface CopyCounts {
  readonly read: number;
  readonly written: number;
  readonly stale: number;
  readonly rejected: number;
}

/** A process at work on a partition, as it said itself when it saved last; alive, it saves every second. */
export interface Worker {
  /** For people: `host:pid`. */
  readonly name: string;
  readonly sinceMs: number;
  readonly savedAtMs: number;
  /** Documents of all its partitions that were acknowledged per second, lately. */
  readonly perSecond: number;
  /** What slows it down, as a sentence; absent while nothing does. */
  readonly throttle?: string;
}

/** How far a partition is: everything up to `position` was acknowledged by the sink (law 7). */
export interface PartitionProgress extends CopyCounts {
  /** Its place among the run's partitions, from 0. */
  readonly number: number;
  readonly partition: Partition;
  readonly position: Position | null;
  readonly done: boolean;
  /** Absent while nobody works on it. */
  readonly owner?: Worker;
}

/** One run of a plan's backfill; survives the processes that work on it. */
export interface BackfillRun {
  readonly id: string;
  readonly plan: string;
  readonly startedAtMs: number;
  /** Where the source stood when the run started. */
  readonly sourcePosition: string;
  /** Copy, then replay: the arrival time of the probe on the stream, from where the consumer must replay. */
  readonly replayFromMs?: number;
  /** Extended JSON of a query: only what matches it is copied. Absent: everything. */
  readonly filter?: string;
  readonly partitionCount: number;
  /** What operators want of it now. */
  readonly orders: Orders;
  readonly ended?: { readonly as: 'copied' | 'cancelled'; readonly atMs: number };
}

/**
 * Keeps the newest run of each plan, and how far each of its partitions is. Revisions fence: whoever was
 * overtaken cannot save again, neither a run nor a partition.
 */
export interface CheckpointStore {
  load(plan: string): Promise<Revisioned<BackfillRun> | undefined>;
  /**
   * Stores `run` if its plan's run is still at `expectedRevision` (0: there is none); answers the new revision.
   * @throws RevisionConflictError when somebody else saved in between; nothing was changed.
   */
  save(run: BackfillRun, expectedRevision: number): Promise<number>;
  /** Every partition of a run, in order. */
  partitions(
    run: Pick<BackfillRun, 'id' | 'plan' | 'partitionCount'>,
  ): Promise<Revisioned<PartitionProgress>[]>;
  /**
   * Stores a partition of a run if it is still at `expectedRevision` (0: it was not stored yet); answers the new
   * revision.
   * @throws RevisionConflictError when somebody else saved in between; nothing was changed.
   */
  savePartition(
    run: Pick<BackfillRun, 'id' | 'plan'>,
    progress: PartitionProgress,
    expectedRevision: number,
  ): Promise<number>;
}
