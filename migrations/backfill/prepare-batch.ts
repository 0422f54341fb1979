import { calculateObjectSize } from 'bson';
import {
  RejectError,
  type SourceDocument,
  type State,
  type VersionedRecord,
} from '../../services/core/index.ts';
import { type Reading, recordOrReject } from './record-or-reject.ts';
import type { BatchSize } from './throttle/throttle.ts';

export interface Rejected {
  readonly document: SourceDocument;
  readonly reject: RejectError;
}

/** Documents that were read and transformed, and not yet written. */
export interface PreparedBatch<S extends State = State> {
  readonly records: readonly VersionedRecord<S>[];
  /** Those of `records`, in their order. */
  readonly documents: readonly SourceDocument[];
  readonly rejected: readonly Rejected[];
  readonly size: BatchSize;
}

const WRITE_UNIT_BYTES = 1_024;
const DOCUMENTS_WEIGHED = 8;

export const prepareBatch = <S extends State>(
  read: readonly SourceDocument[],
  reading: Reading<S>,
): PreparedBatch<S> => {
  const records: VersionedRecord<S>[] = [];
  const documents: SourceDocument[] = [];
  const rejected: Rejected[] = [];
  for (const document of read) {
    const record = recordOrReject(document, reading);
    if (record instanceof RejectError) rejected.push({ document, reject: record });
    else {
      records.push(record);
      documents.push(document);
    }
  }
  return { records, documents, rejected, size: sizeOf(read, records) };
};

/** Sizes are counted once, and only if somebody asks. */
const sizeOf = (read: readonly SourceDocument[], records: readonly VersionedRecord[]): BatchSize => {
  let counted: number[] | undefined;
  const sizes = () => {
    counted ??= records.map(recordBytes);
    return counted;
  };
  return {
    documents: read.length,
    heldBytes: heldBytesOf(read),
    bytes: () => sizes().reduce((sum, bytes) => sum + bytes, 0),
    writeUnits: () => sizes().reduce((sum, bytes) => sum + writeUnitsOf(bytes), 0),
  };
};

/** From a few of them: counting all takes longer than reading them. */
const heldBytesOf = (documents: readonly SourceDocument[]): number => {
  const every = Math.ceil(documents.length / DOCUMENTS_WEIGHED);
  const weighed = documents.filter((_, n) => n % every === 0);
  const bytes = weighed.reduce((sum, document) => sum + calculateObjectSize(document), 0);
  return weighed.length === 0 ? 0 : (bytes / weighed.length) * documents.length;
};

/** A record as JSON: about what sinks count. */
const recordBytes = (record: VersionedRecord): number =>
  Buffer.byteLength(record.key) + Buffer.byteLength(JSON.stringify(record.state ?? {}));

/** DynamoDB's write units for an item of so many bytes. */
export const writeUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
