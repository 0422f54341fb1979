import type { CopyCounts } from './checkpoint-store.ts';

export const NO_COUNTS: CopyCounts = { read: 0, written: 0, stale: 0, rejected: 0 };

export const addCounts = (a: CopyCounts, b: CopyCounts): CopyCounts => ({
  read: a.read + b.read,
  written: a.written + b.written,
  stale: a.stale + b.stale,
  rejected: a.rejected + b.rejected,
});
