import pLimit from 'p-limit';
import { BanyanError, type Clock, messageOf, pause, type State } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import type { Quarantine } from '../../services/stream/quarantine.ts';
import type { BackfillRun, PartitionProgress } from './checkpoint-store.ts';
import { copyBatch } from './copy-batch.ts';
import { copyPartition } from './copy-partition.ts';
import { type HeldRun, RunTakenOverError } from './held-run.ts';
import type { Reading } from './record-or-reject.ts';
import type { Retry } from './retry.ts';
import type { Source } from './source.ts';
import type { Throttle } from './throttle/throttle.ts';

/** How often the run is saved: the checkpoint of a living process is never two seconds old. */
const CHECKPOINT_EVERY_MS = 1_000;

/** What a backfill is made of: nothing here knows MongoDB, DynamoDB or a terminal. */
export interface BackfillParts<S extends State = State> {
  readonly source: Source;
  readonly store: VersionedStore<S>;
  readonly quarantine: Quarantine;
  readonly throttle: Throttle;
  readonly clock: Clock;
  readonly retry: Retry;
  readonly reading: Reading<S>;
}

export interface BackfillOptions {
  /** Required. Documents that are read, transformed and written together. */
  readonly batchSize: number;
  /** Required. Partitions in work at once. */
  readonly concurrency: number;
  /** Required. Aborts when the copy is to stop after what is under way. */
  readonly signal: AbortSignal;
  /** Required. Called whenever the frontier moves. */
  onAdvance(run: BackfillRun): void;
}

/**
 * Copies what is left of a run, and leaves it `copied`, or `stopped` when the signal aborted. The run is saved
 * every second and at the end, whatever the end is.
 * @throws RunTakenOverError, or the first failure of source, sink or control store that retries did not mend.
 */
export const backfill = async <S extends State>(
  parts: BackfillParts<S>,
  held: HeldRun,
  options: BackfillOptions,
): Promise<BackfillRun> => {
  const failed = new AbortController();
  const ended = new AbortController();
  const fail = (thrown: unknown) => failed.abort(thrown);
  const stop = AbortSignal.any([options.signal, failed.signal]);
  const saving = keepSaving(parts, held, ended.signal).catch(fail);
  const limit = pLimit(options.concurrency);
  const todo = held.run.partitions.filter(({ done }) => !done);
  await Promise.all(
    todo.map((progress) =>
      limit(() => copyOne(parts, held, progress, { ...options, signal: stop }).catch(fail)),
    ),
  );
  ended.abort();
  await saving;
  return release(parts, held, { failed: failed.signal, stopped: options.signal });
};

const copyOne = async <S extends State>(
  parts: BackfillParts<S>,
  held: HeldRun,
  progress: PartitionProgress,
  options: BackfillOptions,
): Promise<void> => {
  const { signal } = options;
  if (signal.aborted) return;
  const { id } = progress.partition;
  try {
    const copy = { run: held.run, ...parts };
    const reachedEnd = await copyPartition(
      {
        ...parts,
        batchSize: options.batchSize,
        signal,
        copy: (documents) => copyBatch(copy, documents, signal),
        onAdvance: (position, counts) => {
          held.advance(id, position, counts);
          options.onAdvance(held.run);
        },
      },
      progress,
    );
    if (reachedEnd) held.finishPartition(id);
  } catch (thrown) {
    // Once told to stop, what fails is only not acknowledged: it is done again by whoever resumes.
    if (!signal.aborted) throw thrown;
  }
};

const keepSaving = async (
  { clock, retry }: Pick<BackfillParts, 'clock' | 'retry'>,
  held: HeldRun,
  ended: AbortSignal,
): Promise<void> => {
  while (!ended.aborted) {
    await pause(clock, CHECKPOINT_EVERY_MS, ended);
    if (!ended.aborted) await retry(() => held.save(), ended);
  }
};

const release = async (
  { clock, retry }: Pick<BackfillParts, 'clock' | 'retry'>,
  held: HeldRun,
  signals: { failed: AbortSignal; stopped: AbortSignal },
): Promise<BackfillRun> => {
  const failure: unknown = signals.failed.aborted ? signals.failed.reason : undefined;
  if (failure instanceof RunTakenOverError) throw failure;
  const copied = held.run.partitions.every(({ done }) => done);
  try {
    await retry(() => (copied ? held.release('copied', clock.nowMs()) : held.release('stopped')));
  } catch (thrown) {
    throw failure === undefined ? thrown : both(failure, thrown);
  }
  if (failure !== undefined) throw failure;
  return held.run;
};

const both = (failure: unknown, onRelease: unknown): BanyanError =>
  new BanyanError(
    'backfill-failed',
    `${messageOf(failure)}; and the last checkpoint was not saved: ${messageOf(onRelease)}`,
    { retryable: failure instanceof BanyanError && failure.retryable, cause: failure },
  );
