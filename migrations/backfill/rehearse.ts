import { type Clock, entityKeyOf, RejectError, type State } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import { compareRecords, type Mismatch } from '../verify/compare.ts';
import type { CopyCounts } from './checkpoint-store.ts';
import { prepareBatch } from './prepare-batch.ts';
import { type Reading, recordOrReject } from './record-or-reject.ts';
import type { Retry } from './retry.ts';
import { sampleDocuments } from './sample-documents.ts';
import type { Source } from './source.ts';

export interface RehearsalParts<S extends State = State> {
  readonly source: Source;
  readonly store: VersionedStore<S>;
  readonly reading: Reading<S>;
  readonly retry: Retry;
  readonly clock: Clock;
}

export interface RehearsalOptions {
  /** Required. About how many documents, from all over the source. */
  readonly documents: number;
  readonly partitions: number;
  readonly batchSize: number;
  /** Required. How long a difference may take to settle while somebody writes. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
}

export interface Rehearsal extends CopyCounts {
  /** Why documents were rejected, the first of them; nothing goes to quarantine. */
  readonly rejects: readonly { readonly key: string; readonly reason: string }[];
  /** Keys that source and sink agree on afterwards, both read anew. */
  readonly agreed: number;
  readonly mismatches: readonly Mismatch[];
}

const SHOWN = 20;
const LOOK_EVERY_MS = 500;

/** Copies a sample for good, under the write law, and proves it: both sides are read again and compared. */
export const rehearse = async <S extends State>(
  parts: RehearsalParts<S>,
  options: RehearsalOptions,
): Promise<Rehearsal> => {
  const { source, store, reading, retry } = parts;
  const partitions = await source.partition(options.partitions);
  const documents = await sampleDocuments(source, partitions, options.documents);
  const counts = { read: documents.length, written: 0, stale: 0, rejected: 0 };
  const rejects: { key: string; reason: string }[] = [];
  const copied: string[] = [];
  for (let from = 0; from < documents.length; from += options.batchSize) {
    options.signal.throwIfAborted();
    const batch = { documents: documents.slice(from, from + options.batchSize) };
    const { records, rejected } = prepareBatch(batch, reading);
    for (const { document, reject } of rejected)
      rejects.push({ key: entityKeyOf(document._id), reason: reject.message });
    const outcomes = await retry(() => store.putIfNewer(records), options.signal);
    for (const [i, { key }] of records.entries()) {
      const outcome = outcomes[i];
      if (outcome instanceof RejectError) rejects.push({ key, reason: outcome.message });
      else if (outcome) {
        counts[outcome] += 1;
        copied.push(key);
      }
    }
  }
  const mismatches = await compareUntilSettled(parts, copied, options);
  return {
    ...counts,
    rejected: rejects.length,
    rejects: rejects.slice(0, SHOWN),
    agreed: copied.length - mismatches.length,
    mismatches,
  };
};

/** Differences are looked at again until they settle, or their time is over. */
const compareUntilSettled = async <S extends State>(
  parts: RehearsalParts<S>,
  keys: readonly string[],
  { batchSize, settleMs, signal }: RehearsalOptions,
): Promise<Mismatch[]> => {
  const untilMs = parts.clock.nowMs() + settleMs;
  for (let left = keys; ; ) {
    const mismatches: Mismatch[] = [];
    for (let from = 0; from < left.length; from += batchSize)
      mismatches.push(...(await compareKeys(parts, left.slice(from, from + batchSize))));
    if (mismatches.length === 0 || parts.clock.nowMs() >= untilMs) return mismatches;
    await parts.clock.sleep(LOOK_EVERY_MS, signal);
    left = mismatches.map(({ key }) => key);
  }
};

const compareKeys = async <S extends State>(
  { source, store, reading, retry }: RehearsalParts<S>,
  keys: readonly string[],
): Promise<Mismatch[]> => {
  const documents = await retry(() => source.get(keys));
  const stored = await retry(() => store.get(keys));
  return keys.flatMap((key, i) => {
    const document = documents[i];
    const expected = document && recordOrReject(document, reading);
    if (expected instanceof RejectError) return [];
    const differences = compareRecords(expected, stored[i]);
    return differences.length === 0 ? [] : [{ key, differences }];
  });
};
