import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { BanyanError, type Clock, RejectError, type State, type Transform } from '../core/index.ts';
import type { PutOutcome, VersionedStore } from '../store/versioned-store.ts';
import type { BatchReport } from './batch-report.ts';
import { inBatchSpan } from './batch-span.ts';
import {
  arrivedAtMs,
  type DecodedBatch,
  decodeBatch,
  type NewestState,
  type Rejected,
  sequenceOf,
} from './decode-batch.ts';
import type { Quarantine } from './quarantine.ts';
import { quarantineRejected } from './quarantine-rejected.ts';

/** What a consumer projects, and where to. */
export interface KinesisConsumerOptions<S extends State> {
  /** Required. The consumer's name, under which it quarantines. */
  readonly name: string;
  /** Required. The slice whose version orders the store's records. */
  readonly slice: string;
  readonly transform: Transform<S>;
  readonly store: Pick<VersionedStore<S>, 'putIfNewer'>;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  /** Required. Told about every invocation, before it is answered. */
  readonly report: (report: BatchReport) => void;
  /** Optional: defaults to 500. Keys that the store is handed at once. */
  readonly storeBatchSize?: number;
}

/** A Lambda handler for Kinesis, for a mapping with `ReportBatchItemFailures`. */
export type KinesisConsumer = (event: KinesisStreamEvent) => Promise<KinesisStreamBatchResponse>;

/** What did not work, and the first record that has to be retried for it. */
interface Failure {
  readonly record: KinesisStreamRecord;
  readonly cause: unknown;
}

/** What the store took. */
interface Written {
  readonly outcomes: readonly PutOutcome[];
  readonly rejected: readonly Rejected[];
  readonly failure?: Failure;
}

/**
 * Makes the Lambda handler of a state projection: each event's state goes to the store under the write law.
 * What can never be applied is quarantined whole and is done (law 8). Anything else that fails is transient:
 * the answer names the lowest sequence number that is not done, from where the event source mapping retries
 * (`ReportBatchItemFailures`), and what was done beyond it is stale then.
 */
export const kinesisConsumer =
  <S extends State>(options: KinesisConsumerOptions<S>): KinesisConsumer =>
  async ({ Records }) => {
    const batch = decodeBatch(Records, options);
    const { name } = options;
    const report = await inBatchSpan({ name, events: batch.events, records: Records.length }, () =>
      apply(batch, Records, options),
    );
    options.report(report);
    const { failure } = report;
    return { batchItemFailures: failure ? [{ itemIdentifier: failure.sequenceNumber }] : [] };
  };

const apply = async <S extends State>(
  batch: DecodedBatch<S>,
  records: readonly KinesisStreamRecord[],
  options: KinesisConsumerOptions<S>,
): Promise<BatchReport> => {
  const written = await write(batch.newest, options);
  const rejected = before(written.failure, [...batch.rejected, ...written.rejected]);
  const quarantined = await quarantineRejected(rejected, options);
  // Only rejects below a failed write were to be quarantined: one that failed there is the lower.
  const failure = failureOf(quarantined.failure ?? written.failure);
  return {
    records: records.length,
    events: batch.events,
    probes: batch.probes,
    applied: written.outcomes.filter((outcome) => outcome === 'written').length,
    stale: written.outcomes.filter((outcome) => outcome === 'stale').length,
    quarantined: quarantined.count,
    lagMs: lagMs(records, options.clock.nowMs()),
    ...(failure && { failure }),
  };
};

/** Stops at the first call that fails: everything from there on is retried anyway. */
const write = async <S extends State>(
  newest: readonly NewestState<S>[],
  { store, storeBatchSize = 500 }: KinesisConsumerOptions<S>,
): Promise<Written> => {
  const outcomes: PutOutcome[] = [];
  const rejected = () =>
    newest.flatMap(({ origin }, n) => {
      const reason = outcomes[n];
      return reason instanceof RejectError ? [{ origin, reason }] : [];
    });
  for (let from = 0; from < newest.length; from += storeBatchSize) {
    const states = newest.slice(from, from + storeBatchSize);
    try {
      outcomes.push(...(await putAll(store, states)));
    } catch (cause) {
      const record = states[0]?.first;
      if (!record) throw cause;
      return { outcomes, rejected: rejected(), failure: { record, cause } };
    }
  }
  return { outcomes, rejected: rejected() };
};

/** A missing outcome would pass for a success. */
const putAll = async <S extends State>(
  store: Pick<VersionedStore<S>, 'putIfNewer'>,
  states: readonly NewestState<S>[],
): Promise<PutOutcome[]> => {
  const outcomes = await store.putIfNewer(states.map(({ record }) => record));
  if (outcomes.length === states.length) return outcomes;
  throw new BanyanError(
    'no-outcome',
    `the store answered ${outcomes.length} outcomes for ${states.length} records`,
  );
};

/** The rejects below a failure, in order; those above it come again with the retry. */
const before = (failure: Failure | undefined, rejected: readonly Rejected[]): Rejected[] =>
  rejected
    .map((one) => ({ one, sequence: sequenceOf(one.origin.record) }))
    .filter(({ sequence }) => failure === undefined || sequence < sequenceOf(failure.record))
    .sort((a, b) => (a.sequence < b.sequence ? -1 : 1))
    .map(({ one }) => one);

const failureOf = (failure: Failure | undefined): BatchReport['failure'] =>
  failure && { sequenceNumber: failure.record.kinesis.sequenceNumber, cause: failure.cause };

const lagMs = (records: readonly KinesisStreamRecord[], nowMs: number): number =>
  nowMs - records.reduce((oldestMs, record) => Math.min(oldestMs, arrivedAtMs(record)), nowMs);
