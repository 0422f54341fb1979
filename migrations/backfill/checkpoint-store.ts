import type { Partition, Position } from './source.ts';

/** How far a partition is: everything up to `position` was acknowledged by the sink (law 7). */
export interface PartitionProgress {
  readonly partition: Partition;
  readonly position: Position | null;
  readonly done: boolean;
  readonly read: number;
  readonly written: number;
  readonly stale: number;
  readonly rejected: number;
}

export type RunStatus = 'running' | 'stopped' | 'copied';

/** One run of a plan's backfill; survives the process. */
export interface BackfillRun {
  readonly id: string;
  readonly plan: string;
  readonly status: RunStatus;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  /** Where the source stood when the run started. */
  readonly sourcePosition: string;
  /** Copy, then replay: the arrival time of the probe on the stream, from where the consumer must replay. */
  readonly replayFromMs?: number;
  readonly partitions: readonly PartitionProgress[];
}

/** Keeps the newest run of each plan. */
export interface CheckpointStore {
  load(plan: string): Promise<BackfillRun | undefined>;
  save(run: BackfillRun): Promise<void>;
}
