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
  return { records, documents, rejected, size: sizeOf(read.length, records) };
};

/** Sizes are counted once, and only if somebody asks. */
const sizeOf = (documents: number, records: readonly VersionedRecord[]): BatchSize => {
  let counted: number[] | undefined;
  const sizes = () => {
    counted ??= records.map(recordBytes);
    return counted;
  };
  return {
    documents,
    bytes: () => sizes().reduce((sum, bytes) => sum + bytes, 0),
    writeUnits: () => sizes().reduce((sum, bytes) => sum + writeUnitsOf(bytes), 0),
  };
};

/** A record as JSON: about what sinks count. */
const recordBytes = (record: VersionedRecord): number =>
  Buffer.byteLength(record.key) + Buffer.byteLength(JSON.stringify(record.state ?? {}));

/** DynamoDB's write units for an item of so many bytes. */
export const writeUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
