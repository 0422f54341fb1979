import pLimit from 'p-limit';
import {
  BanyanError,
  type Clock,
  entityKeyOf,
  messageOf,
  RejectError,
  type SourceDocument,
  type State,
  type VersionedRecord,
} from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import { readOn } from '../backfill/read-on.ts';
import { type Reading, recordOrReject } from '../backfill/record-or-reject.ts';
import type { Retry } from '../backfill/retry.ts';
import type { Partition, Source } from '../backfill/source.ts';
import { compareRecords } from './compare.ts';
import { Suspects } from './suspects.ts';
import { Tally } from './tally.ts';
import type { VerifyResult } from './verify-result.ts';

/** The comparison began, and then a side stayed away: what was seen until then proves nothing. */
export class CannotTellError extends BanyanError {
  constructor(compared: number, cause: unknown) {
    super('cannot-tell', `stopped after ${compared} documents, cannot tell: ${messageOf(cause)}`, { cause });
  }
}

export interface VerifyParts<S extends State = State> {
  readonly source: Source;
  readonly store: VersionedStore<S>;
  readonly reading: Reading<S>;
  readonly clock: Clock;
  readonly retry: Retry;
  /** Whether the plan's backfill or consumer put this key into quarantine. */
  isQuarantined(key: string): Promise<boolean>;
}

export interface VerifyOptions {
  /** Required. The plan's name, for the result. */
  readonly plan: string;
  readonly partitions: number;
  /** Required. Partitions that are compared at once. */
  readonly concurrency: number;
  /** Required. Documents that are read and compared together. */
  readonly chunkSize: number;
  /** Required. How long a difference may take to settle on a moving source. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  onProgress(activity: string, done: number, estimated: number, counts: { [name: string]: number }): void;
}

/** Suspects are keys with a few records each: some megabytes. */
const SUSPECTS = 10_000;

/**
 * Compares source and sink in full: every document of the source, field by field, with what the sink holds; then
 * everything in the sink that the source has not. Memory is that of a few chunks.
 * @throws CannotTellError when a side fails after the comparison began; before, the failure itself.
 */
export const verify = async <S extends State>(
  parts: VerifyParts<S>,
  options: VerifyOptions,
): Promise<VerifyResult> => {
  const startedAtMs = parts.clock.nowMs();
  const tally = new Tally();
  try {
    const before = await parts.source.now();
    const work = new Comparison(parts, options, tally);
    await work.compareSource();
    await work.findExtras();
    await work.settle();
    const { compared, mismatches, settled, rejected, scanned, first } = tally;
    const sourcePositions = { before, after: await parts.source.now() };
    const elapsedMs = parts.clock.nowMs() - startedAtMs;
    return {
      plan: options.plan,
      compared,
      mismatches,
      settled,
      rejected,
      scanned,
      first,
      sourcePositions,
      elapsedMs,
    };
  } catch (thrown) {
    if (options.signal.aborted || tally.compared === 0) throw thrown;
    throw new CannotTellError(tally.compared, thrown);
  }
};

class Comparison<S extends State> {
  readonly #parts: VerifyParts<S>;
  readonly #options: VerifyOptions;
  readonly #tally: Tally;
  readonly #suspects: Suspects<S>;

  constructor(parts: VerifyParts<S>, options: VerifyOptions, tally: Tally) {
    this.#parts = parts;
    this.#options = options;
    this.#tally = tally;
    this.#suspects = new Suspects({
      ...parts,
      ...options,
      capacity: SUSPECTS,
      onSettled: () => {
        tally.settled += 1;
      },
      onMismatch: (mismatch) => tally.mismatch(mismatch),
    });
  }

  async compareSource(): Promise<void> {
    const { source } = this.#parts;
    const partitions = await source.partition(this.#options.partitions);
    const estimated = partitions.reduce((sum, partition) => sum + partition.estimated, 0);
    const limit = pLimit(this.#options.concurrency);
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    const compare = (partition: Partition) =>
      this.#comparePartition(partition, estimated, signal).catch((thrown) => stop.abort(thrown));
    await Promise.all(partitions.map((partition) => limit(compare, partition)));
    signal.throwIfAborted();
  }

  async findExtras(): Promise<void> {
    const { chunkSize, signal } = this.#options;
    const documents = this.#tally.compared + this.#tally.rejected;
    for await (const page of this.#parts.store.scan()) {
      for (let from = 0; from < page.length; from += chunkSize) {
        signal.throwIfAborted();
        await this.#findExtras(page.slice(from, from + chunkSize));
      }
      this.#progress('looking for extra keys', this.#tally.scanned, documents);
    }
  }

  async settle(): Promise<void> {
    if (this.#suspects.size > 0) this.#progress('settling', 0, this.#suspects.size);
    await this.#suspects.settle();
  }

  async #comparePartition(partition: Partition, estimated: number, signal: AbortSignal): Promise<void> {
    const { chunkSize: batchSize } = this.#options;
    if (signal.aborted) return;
    for await (const { documents } of readOn({ ...this.#parts, partition, after: null, batchSize, signal })) {
      signal.throwIfAborted();
      await this.#compareChunk(documents);
      this.#progress('comparing', this.#tally.compared + this.#tally.rejected, estimated);
    }
  }

  async #compareChunk(documents: readonly SourceDocument[]): Promise<void> {
    const expected: VersionedRecord<S>[] = [];
    for (const document of documents) {
      const record = recordOrReject(document, this.#parts.reading);
      if (record instanceof RejectError) await this.#reject(document, record);
      else expected.push(record);
    }
    const stored = await this.#stored(expected.map(({ key }) => key));
    for (const [i, record] of expected.entries()) {
      const differences = compareRecords(record, stored[i]);
      this.#tally.compared += 1;
      if (differences.length > 0) await this.#suspects.add(record.key, record, differences);
    }
  }

  async #reject(document: SourceDocument, reject: RejectError): Promise<void> {
    const key = entityKeyOf(document._id);
    if (await this.#parts.isQuarantined(key)) this.#tally.rejected += 1;
    else this.#tally.mismatch({ key, differences: [{ kind: 'rejected', reason: reject.message }] });
  }

  async #findExtras(page: readonly VersionedRecord<S>[]): Promise<void> {
    const { source, reading, retry } = this.#parts;
    const keys = page.map(({ key }) => key);
    const documents = await retry(() => source.get(keys), this.#options.signal);
    for (const [i, stored] of page.entries()) {
      this.#tally.scanned += 1;
      const document = documents[i];
      const expected = document && recordOrReject(document, reading);
      // What is there on both sides was compared from the source's side.
      if (expected instanceof RejectError || expected?.state) continue;
      const differences = compareRecords(expected, stored);
      if (differences.length > 0) await this.#suspects.add(stored.key, expected, differences);
    }
  }

  #stored(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    if (keys.length === 0) return Promise.resolve([]);
    return this.#parts.retry(() => this.#parts.store.get(keys), this.#options.signal);
  }

  #progress(activity: string, done: number, estimated: number): void {
    this.#options.onProgress(activity, done, estimated, this.#tally.counts());
  }
}
