import { calculateObjectSize } from 'bson';
import {
  RejectError,
  type SourceDocument,
  type State,
  type VersionedRecord,
} from '../../services/core/index.ts';
import { passedFields } from '../../services/core/passing-transform.ts';
import { RawRecord } from './raw-record.ts';
import { type Reading, recordOrReject } from './record-or-reject.ts';
import type { RawDocument, SourceBatch } from './source.ts';
import type { BatchSize } from './throttle/throttle.ts';

export interface Rejected {
  readonly document: SourceDocument;
  readonly reject: RejectError;
}

/** Documents that were read and transformed, and not yet written. */
export interface PreparedBatch<S extends State = State> {
  readonly records: readonly VersionedRecord<S>[];
  readonly rejected: readonly Rejected[];
  readonly size: BatchSize;
  /** The document of the record at this place in `records`. */
  documentAt(place: number): SourceDocument | undefined;
}

const WRITE_UNIT_BYTES = 1_024;
const DOCUMENTS_WEIGHED = 8;

/** Decodes nothing where the transform only passes fields on, and the source has its documents' bytes. */
export const prepareBatch = <S extends State>(
  batch: Pick<SourceBatch, 'raw' | 'documents'>,
  reading: Reading<S>,
): PreparedBatch<S> =>
  batch.raw && passedFields(reading.transform)
    ? prepareRaw(batch.raw, reading)
    : prepareDecoded(batch.documents, reading);

const prepareRaw = <S extends State>(read: readonly RawDocument[], reading: Reading<S>): PreparedBatch<S> => {
  const sources: RawDocument[] = [];
  const records: VersionedRecord<S>[] = [];
  const rejected: Rejected[] = [];
  let heldBytes = 0;
  for (const raw of read) {
    heldBytes += raw.bytes;
    const record = rawRecordOrReject(raw, reading);
    if (record instanceof RejectError) rejected.push({ document: raw.decode(), reject: record });
    else {
      records.push(record);
      sources.push(raw);
    }
  }
  const size = { ...sizesOf(records), documents: read.length, heldBytes };
  return { records, rejected, size, documentAt: (place) => sources[place]?.decode() };
};

/** What has no usable version is read in the way that says so. */
const rawRecordOrReject = <S extends State>(
  raw: RawDocument,
  reading: Reading<S>,
): VersionedRecord<S> | RejectError => {
  try {
    return new RawRecord(raw, reading);
  } catch {
    return recordOrReject(raw.decode(), reading);
  }
};

const prepareDecoded = <S extends State>(
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
  const size = { ...sizesOf(records), documents: read.length, heldBytes: heldBytesOf(read) };
  return { records, rejected, size, documentAt: (place) => documents[place] };
};

/** Sizes are counted once, and only if somebody asks. */
const sizesOf = (records: readonly VersionedRecord[]): Pick<BatchSize, 'bytes' | 'writeUnits'> => {
  let counted: number[] | undefined;
  const sizes = () => {
    counted ??= records.map(recordBytes);
    return counted;
  };
  return {
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
