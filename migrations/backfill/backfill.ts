import type { Clock, State } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import type { Quarantine } from '../../services/stream/quarantine.ts';
import { BackfillWorker } from './backfill-worker.ts';
import type { BackfillRun, CheckpointStore } from './checkpoint-store.ts';
import type { MaxRejects } from './max-rejects.ts';
import type { Reading } from './record-or-reject.ts';
import type { Retry } from './retry.ts';
import type { RunView } from './run-view.ts';
import type { Source } from './source.ts';
import type { AdaptiveConcurrency } from './throttle/adaptive-concurrency.ts';
import type { Throttle } from './throttle/throttle.ts';

/** What a backfill is made of: nothing here knows MongoDB, DynamoDB or a terminal. */
export interface BackfillParts<S extends State = State> {
  readonly source: Source;
  readonly store: VersionedStore<S>;
  readonly quarantine: Quarantine;
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  readonly retry: Retry;
  readonly reading: Reading<S>;
  /** How many batches are written at once, until an operator orders otherwise. */
  readonly concurrency: AdaptiveConcurrency;
  /** Beside what operators order, which always counts. */
  readonly throttles: readonly Throttle[];
}

export interface BackfillOptions {
  /** Required. This process, for people: `host:pid`. */
  readonly worker: string;
  /** Required. Documents that are read, transformed and written together. */
  readonly batchSize: number;
  /** Required. Partitions that are read at once. */
  readonly readers: number;
  /** Optional: defaults to any. The number of the one partition that this worker takes. */
  readonly partition?: number;
  /** Optional: defaults to no limit. Stops, as if told to, once so many documents were copied. */
  readonly limit?: number;
  /** Optional: defaults to any number of them. */
  readonly maxRejects?: MaxRejects;
  /** Required. Aborts when the copy is to stop after what is under way. */
  readonly signal: AbortSignal;
  /** Optional. Told how long each batch took to read. */
  onRead?(tookMs: number): void;
  /** Required. Called each second, and at the end. */
  onTick(view: RunView): void;
}

/**
 * Works on a run, beside whoever else does, until everything is copied, or the one partition that it may take, or
 * somebody cancels it, or this worker is told to stop. Partitions are saved every second, and when this worker lets go of them, whatever the reason is.
 * @throws TooManyRejectsError, BanyanError `run-replaced`, or the first failure of source, sink or control store
 * that retries did not mend.
 */
export const backfill = <S extends State>(
  parts: BackfillParts<S>,
  run: BackfillRun,
  options: BackfillOptions,
): Promise<RunView> => new BackfillWorker(parts, run, options).work();
