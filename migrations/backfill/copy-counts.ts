import type { BackfillRun, CopyCounts } from './checkpoint-store.ts';

export const NO_COUNTS: CopyCounts = { read: 0, written: 0, stale: 0, rejected: 0 };

export const addCounts = (a: CopyCounts, b: CopyCounts): CopyCounts => ({
  read: a.read + b.read,
  written: a.written + b.written,
  stale: a.stale + b.stale,
  rejected: a.rejected + b.rejected,
});

/** What became of everything that a run has read so far. */
export const countsOf = (run: BackfillRun): CopyCounts => run.partitions.reduce(addCounts, NO_COUNTS);

/** How many documents a run expected when its partitions were made. */
export const estimatedOf = (run: BackfillRun): number =>
  run.partitions.reduce((sum, { partition }) => sum + partition.estimated, 0);
