import type { Revisioned } from '../../services/store/control-store.ts';
import type { Partition, Position } from './source.ts';

/** What became of documents that were read. */
export interface CopyCounts {
  readonly read: number;
  readonly written: number;
  readonly stale: number;
  readonly rejected: number;
}

/** How far a partition is: everything up to `position` was acknowledged by the sink (law 7). */
export interface PartitionProgress extends CopyCounts {
  readonly partition: Partition;
  readonly position: Position | null;
  readonly done: boolean;
}

/** The process that works on a run; while it is alive it saves the run every second. */
export interface RunOwner {
  /** For people: `host:pid`. */
  readonly name: string;
  readonly sinceMs: number;
}

export type RunStatus = 'running' | 'stopped' | 'copied';

/** One run of a plan's backfill; survives the process. */
export interface BackfillRun {
  readonly id: string;
  readonly plan: string;
  readonly status: RunStatus;
  /** Absent while nobody works on the run. */
  readonly owner?: RunOwner;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  /** Where the source stood when the run started. */
  readonly sourcePosition: string;
  /** Copy, then replay: the arrival time of the probe on the stream, from where the consumer must replay. */
  readonly replayFromMs?: number;
  readonly partitions: readonly PartitionProgress[];
}

/** Keeps the newest run of each plan. The revision fences: a process that was taken over cannot save again. */
export interface CheckpointStore {
  load(plan: string): Promise<Revisioned<BackfillRun> | undefined>;
  /**
   * Stores `run` if its plan's run is still at `expectedRevision` (0: there is none); answers the new revision.
   * @throws RevisionConflictError when somebody else saved in between; nothing was changed.
   */
  save(run: BackfillRun, expectedRevision: number): Promise<number>;
}
