import { type Clock, messageOf } from '../../../services/core/index.ts';
import { type Batch, freshBatch, type PendingRecord } from './batch.ts';
import { BatchingWindow } from './batching-window.ts';
import { countExpired } from './count-expired.ts';
import { discardedBatch, type FailureDestination } from './destinations/failure-destination.ts';
import { gatherBatch } from './gather-batch.ts';
import type { InvocationResult, Invoker } from './invokers/invoker.ts';
import { judgeBatch, type Verdict } from './judge-batch.ts';
import type { MappingCounters } from './mapping-counters.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { type RetryBackoff, retryDelayMs } from './retry-backoff.ts';

export interface LaneOptions {
  readonly settings: MappingSettings;
  readonly shardId: string;
  readonly invoker: Invoker;
  readonly destination: FailureDestination | undefined;
  readonly clock: Clock;
  readonly counters: MappingCounters;
  readonly backoff: RetryBackoff;
  /** The stream's, as of now. */
  readonly retentionMs: () => number;
  /** Called whenever records are done. */
  readonly onDone: () => void;
}

/**
 * The records of a shard that are delivered one batch after the other: all of them, or, with a
 * ParallelizationFactor, those of its share of the partition keys. Nothing overtakes a batch that failed.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #waiting: PendingRecord[] = [];
  /** Batches that were tried and are not done, first one first; the rest of the lane waits for them. */
  readonly #unfinished: Batch[] = [];
  readonly #window: BatchingWindow;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#window = new BatchingWindow({
      lengthMs: options.settings.batchingWindowMs,
      nowMs: options.clock.nowMs(),
    });
  }

  add(record: PendingRecord): void {
    if (this.#waiting.length === 0) this.#window.skipEmpty(this.#options.clock.nowMs());
    this.#waiting.push(record);
  }

  /**
   * Delivers one batch, or discards one, if it is time to. Answers after how many milliseconds to call again:
   * 0 for at once, infinity for when a record was added.
   */
  async step(): Promise<number> {
    const nowMs = this.#options.clock.nowMs();
    const batch = this.#unfinished[0] ?? this.#gather(nowMs);
    if (!batch) {
      return this.#waiting.length > 0 ? this.#window.endsAtMs - nowMs : Number.POSITIVE_INFINITY;
    }
    if (batch.notBeforeMs > nowMs) return batch.notBeforeMs - nowMs;
    if (batch.discard) await this.#discard(batch);
    else if (!this.#setExpiredApart(batch, nowMs)) await this.#deliver(batch);
    return 0;
  }

  #gather(nowMs: number): Batch | undefined {
    const { batchSize } = this.#options.settings;
    const count = gatherBatch(this.#waiting, { batchSize, windowIsOver: this.#window.isOver(nowMs) });
    if (count === 0) return undefined;
    const batch = freshBatch(this.#waiting.splice(0, count));
    this.#unfinished.push(batch);
    return batch;
  }

  #setExpiredApart(batch: Batch, nowMs: number): boolean {
    const { settings, retentionMs } = this.#options;
    const { maxRecordAgeMs } = settings;
    const count = countExpired(batch.records, { maxRecordAgeMs, retentionMs: retentionMs(), nowMs });
    if (count === 0) return false;
    const expired = batch.records.slice(0, count);
    this.#replace([
      { ...batch, records: expired, discard: 'RecordAgeExceeded', notBeforeMs: 0 },
      { ...batch, records: batch.records.slice(count) },
    ]);
    return true;
  }

  async #deliver(batch: Batch): Promise<void> {
    const { invoker, clock, settings } = this.#options;
    const result = await invoker.invoke({ Records: batch.records.flatMap((it) => it.event ?? []) });
    const sequenceNumbers = batch.records.map((record) => record.sequenceNumber);
    const verdict = judgeBatch({ sequenceNumbers, retries: batch.retries }, result, settings);
    this.#window.begin(clock.nowMs());
    this.#count(batch, result, verdict);
    this.#apply({ ...batch, invocations: batch.invocations + 1, lastResult: result }, verdict);
  }

  #apply(batch: Batch, verdict: Verdict): void {
    if (verdict.verdict === 'bisect') {
      this.#replace(halves(batch, verdict.at));
      return;
    }
    const from = verdict.verdict === 'advance' ? batch.records.length : verdict.from;
    const rest = { ...batch, records: batch.records.slice(from) };
    this.#finish(batch.records.slice(0, from), [
      verdict.verdict === 'retry'
        ? this.#later(rest, verdict)
        : { ...rest, discard: 'RetryAttemptsExhausted', failuresInARow: 0, notBeforeMs: 0 },
    ]);
  }

  /** Backs off, unless records were done: then the rest is as good as new. */
  #later(batch: Batch, verdict: { readonly from: number; readonly counts: boolean }): Batch {
    const retries = batch.retries + (verdict.counts ? 1 : 0);
    if (verdict.from > 0) return { ...batch, retries, failuresInARow: 0, notBeforeMs: 0 };
    return this.#backedOff({ ...batch, retries });
  }

  #backedOff(batch: Batch): Batch {
    const failuresInARow = batch.failuresInARow + 1;
    const delayMs = retryDelayMs(this.#options.backoff, failuresInARow);
    return { ...batch, failuresInARow, notBeforeMs: this.#options.clock.nowMs() + delayMs };
  }

  /**
   * Tells the failure destination and goes on. A destination that does not answer holds the lane: the promise to
   * tell of every discarded record is worth more than going on.
   */
  async #discard(batch: Batch): Promise<void> {
    const { destination, settings, shardId, clock, counters } = this.#options;
    try {
      const context = { settings, shardId, nowMs: clock.nowMs() };
      await destination?.send(discardedBatch(batch, context));
    } catch (thrown) {
      counters.destinationFailures += 1;
      counters.lastError = {
        atMs: clock.nowMs(),
        message: `the failure destination: ${messageOf(thrown)}`,
      };
      this.#replace([this.#backedOff(batch)]);
      return;
    }
    if (destination) counters.destinationSends += 1;
    counters.recordsDiscarded += batch.records.length;
    this.#finish(batch.records, []);
  }

  #finish(done: readonly PendingRecord[], rest: readonly Batch[]): void {
    this.#replace(rest);
    for (const record of done) record.done = true;
    if (done.length > 0) this.#options.onDone();
  }

  #replace(batches: readonly Batch[]): void {
    this.#unfinished.splice(0, 1, ...batches.filter((batch) => batch.records.length > 0));
  }

  #count(batch: Batch, result: InvocationResult, verdict: Verdict): void {
    const { counters, clock } = this.#options;
    const delivered =
      verdict.verdict === 'advance' ? batch.records.length : 'from' in verdict ? verdict.from : 0;
    counters.recordsDelivered += delivered;
    if (delivered > 0) counters.batches += 1;
    if (verdict.verdict === 'advance') return;
    if (result.outcome === 'not-invoked') counters.notInvoked += 1;
    else counters.failures += 1;
    counters.lastError = { atMs: clock.nowMs(), message: problemOf(result) };
  }
}

const halves = (batch: Batch, at: number): Batch[] => [
  { ...freshBatch(batch.records.slice(0, at)), retries: batch.retries },
  { ...freshBatch(batch.records.slice(at)), retries: batch.retries },
];

const problemOf = (result: InvocationResult): string => {
  if (result.outcome === 'not-invoked') return `the function was not invoked: ${result.reason}`;
  return result.outcome === 'function-error'
    ? `the function failed: ${result.message}`
    : 'the function reported failed items';
};
