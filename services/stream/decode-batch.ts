import type { KinesisStreamRecord } from 'aws-lambda';
import {
  type EntityEvent,
  messageOf,
  PROBE_TYPE,
  parseEvents,
  RejectError,
  recordOfEvent,
  type State,
  type Transform,
  type VersionedRecord,
} from '../core/index.ts';

/** Where something of a batch came from: the stream's record, and which of its events. */
export interface Origin {
  readonly record: KinesisStreamRecord;
  readonly index: number;
  readonly key?: string;
}

/** The newest state of a key in a batch. */
export interface NewestState<S extends State> {
  readonly record: VersionedRecord<S>;
  readonly origin: Origin;
  /** The first record of the batch that told of the key: from there on it would have to be retried. */
  readonly first: KinesisStreamRecord;
}

/** Something of a batch that can never be applied. */
export interface Rejected {
  readonly origin: Origin;
  readonly reason: RejectError;
}

/** A batch as a state projection sees it: each key's newest state, in the order of their first records. */
export interface DecodedBatch<S extends State> {
  readonly newest: readonly NewestState<S>[];
  readonly rejected: readonly Rejected[];
  readonly events: readonly Pick<EntityEvent, 'id' | 'traceparent'>[];
  readonly probes: number;
}

export const sequenceOf = (record: KinesisStreamRecord): bigint => BigInt(record.kinesis.sequenceNumber);

export const arrivedAtMs = ({ kinesis }: KinesisStreamRecord): number =>
  Math.floor(kinesis.approximateArrivalTimestamp * 1_000);

/** What the producer put on the stream. */
export const dataOf = (record: KinesisStreamRecord): string =>
  Buffer.from(record.kinesis.data, 'base64').toString('utf8');

/**
 * Reads a batch: pure, so whatever fails here fails on every retry, and is a reject. Only a key's newest state
 * is kept, since that is what the store would end at (law 4).
 */
export const decodeBatch = <S extends State>(
  records: readonly KinesisStreamRecord[],
  reading: { slice: string; transform: Transform<S> },
): DecodedBatch<S> => {
  const newest = new Map<string, NewestState<S>>();
  const rejected: Rejected[] = [];
  const seen: Pick<EntityEvent, 'id' | 'traceparent'>[] = [];
  let probes = 0;
  for (const record of records) {
    const events = attempt(() => parseEvents(dataOf(record)));
    if (events instanceof RejectError) {
      rejected.push({ origin: { record, index: 0 }, reason: events });
      continue;
    }
    for (const [index, event] of events.entries()) {
      if (event.type === PROBE_TYPE) {
        probes += 1;
        continue;
      }
      seen.push({ id: event.id, traceparent: event.traceparent });
      const origin = { record, index, key: event.subject };
      const read = attempt(() => recordOfEvent(event, reading.slice, reading.transform));
      if (read instanceof RejectError) rejected.push({ origin, reason: read });
      else keepNewest(newest, read, origin);
    }
  }
  return { newest: [...newest.values()], rejected, events: seen, probes };
};

/** A key stays at its first place, so that the newest states are in the order of their first records. */
const keepNewest = <S extends State>(
  newest: Map<string, NewestState<S>>,
  record: VersionedRecord<S>,
  origin: Origin,
): void => {
  const known = newest.get(record.key);
  if (known && known.record.version >= record.version) return;
  newest.set(record.key, { record, origin, first: known?.first ?? origin.record });
};

const attempt = <T>(read: () => T): T | RejectError => {
  try {
    return read();
  } catch (cause) {
    return cause instanceof RejectError ? cause : new RejectError(messageOf(cause), { cause });
  }
};
