import { entityKeyOf, RejectError, type SourceDocument, type State } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';
import type { Quarantine } from '../../services/stream/quarantine.ts';
import type { BackfillRun, CopyCounts } from './checkpoint-store.ts';
import type { PreparedBatch, Rejected } from './prepare-batch.ts';
import type { Reading } from './record-or-reject.ts';
import { rejectEntry } from './reject.ts';
import type { Retry } from './retry.ts';
import type { Source } from './source.ts';

export interface CopyBatchParts<S extends State = State> {
  readonly run: Pick<BackfillRun, 'id' | 'plan' | 'startedAtMs'>;
  readonly reading: Reading<S>;
  readonly source: Pick<Source, 'get'>;
  readonly store: VersionedStore<S>;
  readonly quarantine: Quarantine;
  readonly retry: Retry;
}

/**
 * Writes what was prepared under the write law; what can never be copied is in quarantine when this resolves.
 * @throws BanyanError, `retryable`, when the sink or the quarantine stays away: all of it is to be done again.
 */
export const copyBatch = async <S extends State>(
  parts: CopyBatchParts<S>,
  { records, rejected, size, documentAt }: PreparedBatch<S>,
  signal: AbortSignal,
): Promise<CopyCounts> => {
  const outcomes =
    records.length === 0 ? [] : await parts.retry(() => parts.store.putIfNewer(records), signal);
  const counts = { read: size.documents, written: 0, stale: 0 };
  const rejects = [...rejected];
  for (const [place, outcome] of outcomes.entries()) {
    if (!(outcome instanceof RejectError)) {
      counts[outcome] += 1;
      continue;
    }
    const document = documentAt(place);
    if (document) rejects.push({ document, reject: outcome });
  }
  if (rejects.length > 0) await quarantineAll(parts, rejects, signal);
  return { ...counts, rejected: rejects.length };
};

const quarantineAll = async <S extends State>(
  parts: CopyBatchParts<S>,
  rejects: readonly Rejected[],
  signal: AbortSignal,
): Promise<void> => {
  const whole = await wholeDocuments(parts, rejects, signal);
  for (const [i, { document, reject }] of rejects.entries()) {
    const entry = rejectEntry(parts.run, whole[i] ?? document, reject);
    await parts.retry(() => parts.quarantine.put(entry), signal);
  }
};

/** A plan that names its fields is read without the others: the quarantine wants all of them (law 8). */
const wholeDocuments = async <S extends State>(
  { reading, source, retry }: CopyBatchParts<S>,
  rejects: readonly Rejected[],
  signal: AbortSignal,
): Promise<readonly (SourceDocument | undefined)[]> => {
  if (!reading.fields) return [];
  const keys = rejects.map(({ document }) => entityKeyOf(document._id));
  return retry(() => source.get(keys), signal);
};
