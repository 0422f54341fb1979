import { messageOf } from '../core/index.ts';
import type { PendingRow } from './outbox-feed.ts';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html */
const MAX_KEY_CHARACTERS = 256;

/** A row with what the scheduler has to know of it. */
export interface InspectedRow extends PendingRow {
  /** Of the event, in UTF-8. */
  readonly bytes: number;
  /** Why the stream can never take it: it goes to quarantine instead, in its turn. */
  readonly reject: string | undefined;
}

/** Measures a row and finds what can never be published; `maxRecordBytes` covers event and key. */
export const inspectRow = (row: PendingRow, maxRecordBytes: number): InspectedRow => {
  const bytes = Buffer.byteLength(row.event);
  return { ...row, bytes, reject: rejectReason(row, bytes + Buffer.byteLength(row.key), maxRecordBytes) };
};

const rejectReason = (row: PendingRow, recordBytes: number, maxRecordBytes: number): string | undefined => {
  // Kinesis would refuse every record that goes with it.
  if (row.key.length === 0 || row.key.length > MAX_KEY_CHARACTERS) {
    return `the key has ${row.key.length} characters, and a stream takes 1 to ${MAX_KEY_CHARACTERS}`;
  }
  if (recordBytes > maxRecordBytes) {
    return `the record takes ${recordBytes} bytes with its key, and the stream's limit is ${maxRecordBytes}`;
  }
  try {
    const event: unknown = JSON.parse(row.event);
    const isOne = typeof event === 'object' && event !== null && 'specversion' in event;
    return isOne ? undefined : 'the event is JSON, but not a CloudEvent';
  } catch (thrown) {
    return `the event is not JSON: ${messageOf(thrown)}`;
  }
};
