import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import { type Clock, RejectError } from '../core/index.ts';
import type { BatchReport } from './batch-report.ts';
import type { ClaimStore } from './claim-store.ts';
import { arrivedAtMs, dataOf } from './decode-batch.ts';
import type { KinesisConsumer } from './kinesis-consumer.ts';
import type { Quarantine } from './quarantine.ts';
import { quarantineRejected } from './quarantine-rejected.ts';

/** Where the data of events are that carry a reference alone. */
export interface ResolveClaimsOptions {
  readonly claims: ClaimStore;
  /** Required. For records whose claim is gone, under `name`. */
  readonly quarantine: Quarantine;
  readonly name: string;
  readonly clock: Clock;
  /** Required. Told of what the consumer does not see: records that were quarantined here, or failed. */
  readonly report: (report: BatchReport) => void;
  /** Optional: defaults to 16 MiB. Resolved data that the consumer is handed at once; a record may exceed it alone. */
  readonly maxResolvedBytes?: number;
}

/** An event, as far as a claim concerns it. */
interface Claimed {
  readonly id?: unknown;
  readonly traceparent?: unknown;
  readonly subject?: unknown;
  readonly data?: unknown;
  /** https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/dataref.md */
  readonly dataref?: unknown;
}

/** A record for the consumer, and how much was put back into it. */
interface Resolved {
  readonly record: KinesisStreamRecord;
  readonly bytes: number;
}

/** A record that the consumer does not see. */
type Diverted =
  | { readonly quarantined: KinesisStreamRecord }
  | { readonly failed: KinesisStreamRecord; readonly cause: unknown };

/**
 * Puts the data back into events that carry only a reference to them, before `consumer` sees them. A record
 * whose data are gone for good is quarantined with its key, so that a replay reads the key at its source; when
 * the store does not answer, the records before are consumed, and the rest is retried. However much a batch
 * refers to, only a part of it is held at once.
 */
export const resolveClaims =
  (consumer: KinesisConsumer, options: ResolveClaimsOptions): KinesisConsumer =>
  async ({ Records }) => {
    const { maxResolvedBytes = 16 * 1024 * 1024 } = options;
    const diverted: Diverted[] = [];
    let resolved: KinesisStreamRecord[] = [];
    let bytes = 0;
    let answer = DONE;
    const consume = async (): Promise<boolean> => {
      if (resolved.length > 0) answer = await consumer({ Records: resolved });
      [resolved, bytes] = [[], 0];
      return answer.batchItemFailures.length === 0;
    };
    for (const record of Records) {
      const one = await resolve(record, options);
      if ('bytes' in one) {
        resolved.push(one.record);
        bytes += one.bytes;
      } else diverted.push(one);
      if ('failed' in one || (bytes >= maxResolvedBytes && !(await consume()))) break;
    }
    const isConsumed = await consume();
    const failure = reportDiverted(diverted, options);
    // What the consumer could not do comes before.
    return isConsumed && failure ? { batchItemFailures: [{ itemIdentifier: failure }] } : answer;
  };

const DONE: KinesisStreamBatchResponse = { batchItemFailures: [] };

/** Answers the sequence number of the record that failed. */
const reportDiverted = (
  diverted: readonly Diverted[],
  { clock, report }: ResolveClaimsOptions,
): string | undefined => {
  if (diverted.length === 0) return undefined;
  const records = diverted.map((one) => ('failed' in one ? one.failed : one.quarantined));
  const failures = diverted.flatMap((one) =>
    'failed' in one ? [{ sequenceNumber: one.failed.kinesis.sequenceNumber, cause: one.cause }] : [],
  );
  const [failure] = failures;
  report({
    records: records.length,
    events: records.flatMap(eventsIn).map(({ id, traceparent }) => ({
      id: String(id),
      ...(typeof traceparent === 'string' && { traceparent }),
    })),
    probes: 0,
    applied: 0,
    stale: 0,
    quarantined: diverted.length - failures.length,
    lagMs: clock.nowMs() - Math.min(...records.map(arrivedAtMs)),
    ...(failure && { failure }),
  });
  return failure?.sequenceNumber;
};

const resolve = async (
  record: KinesisStreamRecord,
  options: ResolveClaimsOptions,
): Promise<Resolved | Diverted> => {
  const events = eventsIn(record);
  if (!events.some(isClaim)) return { record, bytes: 0 };
  try {
    const whole = await Promise.all(
      events.map((event) => (isClaim(event) ? redeem(event, options.claims) : event)),
    );
    const data = JSON.stringify(whole.length === 1 ? whole[0] : whole);
    return { record: withData(record, data), bytes: data.length };
  } catch (thrown) {
    if (!(thrown instanceof RejectError)) return { failed: record, cause: thrown };
    const { subject } = events.find(isClaim) ?? {};
    const origin = { record, index: 0, ...(typeof subject === 'string' ? { key: subject } : {}) };
    const { failure } = await quarantineRejected([{ origin, reason: thrown }], options);
    return failure ? { failed: record, cause: failure.cause } : { quarantined: record };
  }
};

/** What is no event at all is the consumer's to reject. */
const eventsIn = (record: KinesisStreamRecord): Claimed[] => {
  try {
    const parsed: unknown = JSON.parse(dataOf(record));
    return [parsed].flat().filter((event) => typeof event === 'object' && event !== null) as Claimed[];
  } catch {
    return [];
  }
};

const isClaim = ({ data, dataref }: Claimed): boolean => data === undefined && typeof dataref === 'string';

const redeem = async ({ dataref, ...event }: Claimed, claims: ClaimStore): Promise<Claimed> => {
  const body = await claims.get(String(dataref));
  if (body === undefined) throw new RejectError(`the data at ${dataref} are gone`);
  try {
    return { ...event, data: JSON.parse(body) };
  } catch (cause) {
    throw new RejectError(`the data at ${dataref} are not JSON`, { cause });
  }
};

const withData = (record: KinesisStreamRecord, data: string): KinesisStreamRecord => ({
  ...record,
  kinesis: { ...record.kinesis, data: Buffer.from(data).toString('base64') },
});
