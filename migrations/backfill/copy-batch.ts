import {
  RejectError,
  type SourceDocument,
  type State,
  type VersionedRecord,
} from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import type { Quarantine } from '../../services/stream/quarantine.ts';
import type { BackfillRun, CopyCounts } from './checkpoint-store.ts';
import { type Reading, recordOrReject } from './record-or-reject.ts';
import { rejectEntry } from './reject.ts';
import type { Retry } from './retry.ts';

export interface CopyBatchParts<S extends State = State> {
  readonly run: Pick<BackfillRun, 'id' | 'plan' | 'startedAtMs'>;
  readonly reading: Reading<S>;
  readonly store: VersionedStore<S>;
  readonly quarantine: Quarantine;
  readonly retry: Retry;
}

interface Read<S extends State> {
  readonly document: SourceDocument;
  readonly record: VersionedRecord<S>;
}

interface Rejected {
  readonly document: SourceDocument;
  readonly reject: RejectError;
}

/**
 * Copies documents under the write law; what can never be copied is in quarantine when this resolves.
 * @throws BanyanError, `retryable`, when the sink or the quarantine stays away: all of it is to be done again.
 */
export const copyBatch = async <S extends State>(
  parts: CopyBatchParts<S>,
  documents: readonly SourceDocument[],
  signal: AbortSignal,
): Promise<CopyCounts> => {
  const { read, rejected } = readAll(documents, parts.reading);
  const records = read.map(({ record }) => record);
  const outcomes =
    records.length === 0 ? [] : await parts.retry(() => parts.store.putIfNewer(records), signal);
  for (const [i, outcome] of outcomes.entries()) {
    const document = read[i]?.document;
    if (outcome instanceof RejectError && document) rejected.push({ document, reject: outcome });
  }
  for (const { document, reject } of rejected) {
    await parts.retry(() => parts.quarantine.put(rejectEntry(parts.run, document, reject)), signal);
  }
  return {
    read: documents.length,
    written: outcomes.filter((outcome) => outcome === 'written').length,
    stale: outcomes.filter((outcome) => outcome === 'stale').length,
    rejected: rejected.length,
  };
};

const readAll = <S extends State>(documents: readonly SourceDocument[], reading: Reading<S>) => {
  const read: Read<S>[] = [];
  const rejected: Rejected[] = [];
  for (const document of documents) {
    const record = recordOrReject(document, reading);
    if (record instanceof RejectError) rejected.push({ document, reject: record });
    else read.push({ document, record });
  }
  return { read, rejected };
};
