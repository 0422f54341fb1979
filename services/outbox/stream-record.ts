import type { InspectedRow } from './inspect-row.ts';

/** Rows of one key that travel as one record, in order. */
export interface StreamRecord {
  readonly stream: string;
  readonly key: string;
  readonly rows: readonly InspectedRow[];
  /** Of data and key, at most. */
  readonly bytes: number;
}

export interface RecordLimits {
  /** A joined record's size, key included; a single row may be larger. */
  readonly maxJoinedBytes: number;
  readonly maxJoinedRows: number;
}

/** Takes as many of a key's waiting rows as one record holds: at least one; a reject always travels alone. */
export const joinRows = (
  stream: string,
  key: string,
  waiting: readonly InspectedRow[],
  limits: RecordLimits,
): StreamRecord => {
  const rows: InspectedRow[] = [];
  let bytes = Buffer.byteLength(key) + '[]'.length;
  for (const row of waiting) {
    const fits = rows.length < limits.maxJoinedRows && bytes + row.bytes + 1 <= limits.maxJoinedBytes;
    if (rows.length > 0 && (row.reject !== undefined || !fits)) break;
    rows.push(row);
    bytes += row.bytes + 1;
    if (row.reject !== undefined) break;
  }
  return { stream, key, rows, bytes };
};

/** A record's data: the event, or several in the CloudEvents batch format. */
export const dataOf = (record: StreamRecord): string => {
  const events = record.rows.map((row) => row.event);
  return events.length === 1 ? events.join() : `[${events.join(',')}]`;
};
