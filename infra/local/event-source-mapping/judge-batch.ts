import { reportedFailure } from './failed-items.ts';
import type { InvocationResult } from './invokers/invoker.ts';
import type { MappingSettings } from './mapping-settings.ts';

/** The batch that was just invoked. */
export interface JudgedBatch {
  readonly sequenceNumbers: readonly string[];
  /** How many of the retries that the mapping grants it has used. */
  readonly retries: number;
}

/** What becomes of a batch after an invocation. Records before `from` are done. */
export type Verdict =
  | { readonly verdict: 'advance' }
  /** Retry what starts at `from`; a retry that `counts` uses up one of the granted ones. */
  | { readonly verdict: 'retry'; readonly from: number; readonly counts: boolean }
  /** Retry as two batches, of which the second starts at `at`. */
  | { readonly verdict: 'bisect'; readonly at: number }
  /** Discard what starts at `from`. */
  | { readonly verdict: 'give-up'; readonly from: number };

export type JudgingSettings = Pick<
  MappingSettings,
  'bisect' | 'reportBatchItemFailures' | 'maxRetryAttempts'
>;

/**
 * Decides what becomes of a batch:
 * - A batch that never reached the function is retried, and does not count.
 *   https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html ("Before invocation")
 * - An answer counts as a failure only with ReportBatchItemFailures, and then from the lowest identifier on.
 *   https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 * - With BisectBatchOnFunctionError a failed batch is split in two; after a partial failure it "is bisected at
 *   the returned sequence number and Lambda retries only the remaining records". "Splitting batches doesn't
 *   consume the retry quota", so what is retried below the first record uses none.
 * - A batch that cannot be split, or may not, uses up retries, and is discarded when none is left.
 */
export const judgeBatch = (
  batch: JudgedBatch,
  result: InvocationResult,
  settings: JudgingSettings,
): Verdict => {
  if (result.outcome === 'not-invoked') return { verdict: 'retry', from: 0, counts: false };
  const failure = failureOf(batch, result, settings);
  if (failure === 'none') return { verdict: 'advance' };
  const from = failure === 'all' ? 0 : failure.from;
  if (settings.bisect && from > 0) return { verdict: 'retry', from, counts: false };
  if (settings.bisect && batch.sequenceNumbers.length > 1) {
    return { verdict: 'bisect', at: Math.ceil(batch.sequenceNumbers.length / 2) };
  }
  return batch.retries < settings.maxRetryAttempts
    ? { verdict: 'retry', from, counts: true }
    : { verdict: 'give-up', from };
};

const failureOf = (batch: JudgedBatch, result: InvocationResult, settings: JudgingSettings) => {
  if (result.outcome === 'function-error') return 'all';
  if (result.outcome === 'not-invoked' || !settings.reportBatchItemFailures) return 'none';
  return reportedFailure(result.answer, batch.sequenceNumbers);
};
