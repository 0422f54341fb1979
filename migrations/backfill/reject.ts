import { createHash } from 'node:crypto';
import { EJSON } from 'bson';
import { entityKeyOf, type RejectError, type SourceDocument } from '../../services/core/index.ts';
import type { QuarantineEntry } from '../../services/stream/quarantine.ts';
import type { BackfillRun } from './checkpoint-store.ts';

/**
 * A document that the run could not copy, whole (law 8). Id and time are the run's and the key's alone, so that
 * a batch which is done again after a crash does not leave a second entry.
 */
export const rejectEntry = (
  run: Pick<BackfillRun, 'id' | 'plan' | 'startedAtMs'>,
  document: SourceDocument,
  reject: RejectError,
): QuarantineEntry => {
  const key = entityKeyOf(document._id);
  return {
    id: `${run.id}-${createHash('sha256').update(key).digest('hex').slice(0, 24)}`,
    source: run.plan,
    key,
    reason: reject.message,
    atMs: run.startedAtMs,
    body: EJSON.stringify(document, { relaxed: false }),
  };
};
