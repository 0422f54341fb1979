import { RejectError } from '../core/index.ts';
import type { PutOutcome } from '../store/versioned-store.ts';
import type { EncodedRecord } from './opensearch-document.ts';
import { describeFault, isBusy, type OpenSearchFault } from './opensearch-errors.ts';

/** One record of a call. */
export interface BulkItem extends EncodedRecord {
  /** The record's place in the call. */
  readonly at: number;
}

/** One item of the answer to a bulk. */
export interface BulkAnswerItem {
  readonly status: number;
  readonly error?: OpenSearchFault;
}

/** What became of an item; `busy` is to be sent again, `failed` is not the record's fault. */
export type ItemOutcome = PutOutcome | 'busy' | 'failed';

/** Cuts where one more item would make a bulk larger than `maxBytes`; an item that is larger by itself goes alone. */
export const bulksOf = (items: readonly BulkItem[], maxBytes: number): BulkItem[][] => {
  const bulks: BulkItem[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    if (bytes + item.bytes > maxBytes) {
      bulks.push([]);
      bytes = 0;
    }
    bulks.at(-1)?.push(item);
    bytes += item.bytes;
  }
  return bulks;
};

/**
 * What an item's answer means (law 1): a conflict of versions is `stale`; what the mapping refuses is a reject of
 * that record alone.
 */
export const outcomeOf = ({ status, error = {} }: BulkAnswerItem): ItemOutcome => {
  if (status < 300) return 'written';
  if (status === 409) return 'stale';
  if (isBusy(status)) return 'busy';
  if (status === 400) return new RejectError(`OpenSearch refuses the document: ${describeFault(error)}`);
  return 'failed';
};
