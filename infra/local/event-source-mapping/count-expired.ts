import type { PendingRecord } from './batch.ts';

/**
 * How many records at a batch's beginning are older than a function may see. Records older than
 * MaximumRecordAgeInSeconds are discarded; without one they are retried "until the record expires", which is when
 * the stream's retention ends.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export const countExpired = (
  records: readonly PendingRecord[],
  limits: { readonly maxRecordAgeMs: number; readonly retentionMs: number; readonly nowMs: number },
): number => {
  const oldestMs = limits.nowMs - Math.min(limits.maxRecordAgeMs, limits.retentionMs);
  const alive = records.findIndex((record) => record.arrivedAtMs >= oldestMs);
  return alive < 0 ? records.length : alive;
};
