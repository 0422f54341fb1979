import { z } from 'zod';
import type { CopyCounts } from '../checkpoint-store.ts';
import type { Position } from '../source.ts';

const settingsSchema = z.strictObject({
  maxRejects: z
    .union([z.strictObject({ documents: z.number() }), z.strictObject({ percent: z.number() })])
    .optional(),
  maxStreamLagMs: z.number().positive().optional(),
});

/** What a worker is asked to do: to copy what is left of one partition of a run. */
export const partitionTaskSchema = z.object({
  plan: z.string().min(1),
  run: z.string().min(1),
  partition: z.int().min(0),
  settings: settingsSchema,
});

/** How everybody who works on a run copies, beside what the plan says. */
export type WorkSettings = z.infer<typeof settingsSchema>;
export type PartitionTask = z.infer<typeof partitionTaskSchema>;

/**
 * What a worker hands back: the task again, so that it can be given out once more, and how far the partition is.
 * `unfinished`: the invocation's time was over first.
 */
export interface HandedBack extends PartitionTask {
  readonly state: 'finished' | 'unfinished' | 'cancelled';
  readonly position: Position | null;
  readonly counts: CopyCounts;
}

/** What an execution is started with: one task for each partition of the run. */
export interface ExecutionInput {
  readonly plan: string;
  readonly run: string;
  /** The numbers of all partitions: one that is done takes its worker a moment. */
  readonly partitions: readonly number[];
  readonly settings: WorkSettings;
}
