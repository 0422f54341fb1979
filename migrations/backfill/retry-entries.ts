import { RejectError, type State } from '../../services/core/index.ts';
import type { Quarantine, QuarantineEntry } from '../../services/stream/quarantine.ts';
import { type RetryKeysParts, type RetryOutcome, retryKeys } from './retry-keys.ts';

export interface RetryEntriesParts<S extends State = State> extends RetryKeysParts<S> {
  readonly quarantine: Quarantine;
  /** Required. Keys that are read again together. */
  readonly batchSize: number;
}

/** What became of one entry; one without a key stays, since there is nothing to read again. */
export interface RetriedEntry {
  readonly entry: QuarantineEntry;
  readonly outcome: RetryOutcome | 'no-key';
}

/** Retries every quarantined entry of `origin` by its key, and removes those that are settled thereby. */
export async function* retryEntries<S extends State>(
  parts: RetryEntriesParts<S>,
  origin: string,
): AsyncIterable<RetriedEntry> {
  let batch: QuarantineEntry[] = [];
  for await (const entry of parts.quarantine.list(origin)) {
    batch.push(entry);
    if (batch.length < parts.batchSize) continue;
    yield* await retryBatch(parts, batch);
    batch = [];
  }
  yield* await retryBatch(parts, batch);
}

const retryBatch = async <S extends State>(
  parts: RetryEntriesParts<S>,
  entries: readonly QuarantineEntry[],
): Promise<RetriedEntry[]> => {
  const keys = [...new Set(entries.flatMap(({ key }) => key ?? []))];
  const outcomes = keys.length === 0 ? [] : await retryKeys(parts, keys);
  const outcomeOf = new Map(keys.map((key, i) => [key, outcomes[i]]));
  const retried: RetriedEntry[] = [];
  for (const entry of entries) {
    const outcome = (entry.key !== undefined && outcomeOf.get(entry.key)) || 'no-key';
    if (isSettled(outcome)) await parts.quarantine.remove(entry);
    retried.push({ entry, outcome });
  }
  return retried;
};

/** Whether the entry has nothing left to say: its key was applied, is newer in the sink, or is gone. */
export const isSettled = (outcome: RetriedEntry['outcome']): boolean =>
  !(outcome instanceof RejectError) && outcome !== 'no-key';
