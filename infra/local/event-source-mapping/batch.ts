import type { KinesisStreamRecord } from 'aws-lambda';
import type { InvocationResult } from './invokers/invoker.ts';

/** A record on its way from the stream to the function. */
export interface PendingRecord {
  readonly sequenceNumber: string;
  readonly arrivedAtMs: number;
  /** As the function receives it; undefined when a filter passes it over. */
  readonly event: KinesisStreamRecord | undefined;
  /** Of the event's JSON. */
  readonly bytes: number;
  /** Delivered, discarded, or passed over. */
  done: boolean;
}

/** Why records were discarded. Only the first is documented; see README.md. */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** Records that are delivered together, or were, and are retried. */
export interface Batch {
  readonly records: readonly PendingRecord[];
  /** Retries that used up one of those the mapping grants. */
  readonly retries: number;
  /** How often the function was invoked with it. */
  readonly invocations: number;
  /** Failures without any progress, for the backoff. */
  readonly failuresInARow: number;
  readonly notBeforeMs: number;
  readonly lastResult?: InvocationResult;
  /** It will not be tried again, only sent to the failure destination. */
  readonly discard?: DiscardCondition;
}

/** A batch that was not tried yet. */
export const freshBatch = (records: readonly PendingRecord[]): Batch => ({
  records,
  retries: 0,
  invocations: 0,
  failuresInARow: 0,
  notBeforeMs: 0,
});
