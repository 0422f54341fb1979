import type { KinesisStreamRecord } from 'aws-lambda';
import { type Clock, RejectError } from '../core/index.ts';
import type { ClaimStore } from './claim-store.ts';
import { dataOf } from './decode-batch.ts';
import type { KinesisConsumer } from './kinesis-consumer.ts';
import type { Quarantine } from './quarantine.ts';
import { quarantineRejected } from './quarantine-rejected.ts';

export interface ResolveClaimsOptions {
  readonly claims: ClaimStore;
  /** Required. For records whose claim is gone, under `name`. */
  readonly quarantine: Quarantine;
  readonly name: string;
  readonly clock: Clock;
}

/** An event, as far as a claim concerns it. */
interface Claimed {
  readonly subject?: unknown;
  readonly data?: unknown;
  /** https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/dataref.md */
  readonly dataref?: unknown;
}

/**
 * Puts the data back into events that carry only a reference to them, before `consumer` sees them. A record
 * whose data are gone for good is quarantined with its key, so that a replay reads the key at its source; when
 * the store does not answer, the records before are consumed, and the rest is retried.
 */
export const resolveClaims =
  (consumer: KinesisConsumer, options: ResolveClaimsOptions): KinesisConsumer =>
  async ({ Records }) => {
    const resolved: KinesisStreamRecord[] = [];
    let failed: KinesisStreamRecord | undefined;
    for (const record of Records) {
      const answer = await resolveOrQuarantine(record, options);
      if (answer === 'failed') {
        failed = record;
        break;
      }
      if (answer !== 'quarantined') resolved.push(answer);
    }
    const report = resolved.length > 0 ? await consumer({ Records: resolved }) : { batchItemFailures: [] };
    // What the consumer could not do comes before.
    if (report.batchItemFailures.length > 0 || !failed) return report;
    return { batchItemFailures: [{ itemIdentifier: failed.kinesis.sequenceNumber }] };
  };

const resolveOrQuarantine = async (
  record: KinesisStreamRecord,
  options: ResolveClaimsOptions,
): Promise<KinesisStreamRecord | 'quarantined' | 'failed'> => {
  const events = eventsIn(record);
  if (!events.some(isClaim)) return record;
  try {
    const whole = await Promise.all(
      events.map((event) => (isClaim(event) ? redeem(event, options.claims) : event)),
    );
    return withData(record, JSON.stringify(whole.length === 1 ? whole[0] : whole));
  } catch (thrown) {
    if (!(thrown instanceof RejectError)) return 'failed';
    const { subject } = events.find(isClaim) ?? {};
    const origin = { record, index: 0, ...(typeof subject === 'string' ? { key: subject } : {}) };
    const { failure } = await quarantineRejected([{ origin, reason: thrown }], options);
    return failure ? 'failed' : 'quarantined';
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
  return { ...event, data: JSON.parse(body) };
};

const withData = (record: KinesisStreamRecord, data: string): KinesisStreamRecord => ({
  ...record,
  kinesis: { ...record.kinesis, data: Buffer.from(data).toString('base64') },
});
