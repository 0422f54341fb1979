import {
  BanyanError,
  type Clock,
  type RejectError,
  type State,
  type VersionedRecord,
} from '../core/index.ts';
import type { ClaimOutcome, HeldClaim, VersionGuard } from '../store/version-guard.ts';
import type { PutOutcome, VersionedStore } from '../store/versioned-store.ts';
import type { SearchIndexWriter } from './search-index.ts';
import { withDeadline } from './with-deadline.ts';

/**
 * How long after its deadline, or after its answer, a write may still take effect: CloudSearch keeps no order
 * between batches within one second.
 */
const SETTLING_MS = 1_000;

export interface GuardedWriterOptions<S extends State = State> {
  readonly index: SearchIndexWriter<S>;
  readonly guard: VersionGuard;
  readonly clock: Clock;
  /** Optional: defaults to 10,000. How long one upload may take; what is slower is given up and sent again. */
  readonly uploadTimeoutMs?: number;
  /** Optional: defaults to 15,000. How long a call waits for keys that somebody else is writing. */
  readonly maxWaitMs?: number;
  /** Optional: defaults to 1,000. Records that are claimed and uploaded together. */
  readonly recordsPerUpload?: number;
}

interface Claimed<S extends State> {
  readonly record: VersionedRecord<S>;
  readonly held: HeldClaim;
}

/**
 * The write law for an index without conditions (law 1): claim the version, write, and let go. A key is busy
 * until the upload's deadline plus a second, shortened to a second after the answer; meanwhile a lower version is
 * stale, an equal one may be sent again, and a higher one waits.
 */
export class GuardedWriter<S extends State = State> implements Pick<VersionedStore<S>, 'putIfNewer'> {
  readonly #index: SearchIndexWriter<S>;
  readonly #guard: VersionGuard;
  readonly #clock: Clock;
  readonly #uploadTimeoutMs: number;
  readonly #maxWaitMs: number;
  readonly #recordsPerUpload: number;

  constructor(options: GuardedWriterOptions<S>) {
    this.#index = options.index;
    this.#guard = options.guard;
    this.#clock = options.clock;
    this.#uploadTimeoutMs = options.uploadTimeoutMs ?? 10_000;
    this.#maxWaitMs = options.maxWaitMs ?? 15_000;
    this.#recordsPerUpload = options.recordsPerUpload ?? 1_000;
  }

  /** Several records of a key become its newest; the others are stale. */
  async putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    const newest = newestPerKey(records);
    const outcomes = new Map<string, PutOutcome>();
    const waiting = [...newest.values()];
    for (let from = 0; from < waiting.length; from += this.#recordsPerUpload) {
      await this.#putAll(waiting.slice(from, from + this.#recordsPerUpload), outcomes);
    }
    return records.map(
      (record) => (newest.get(record.key) === record && outcomes.get(record.key)) || 'stale',
    );
  }

  async #putAll(records: readonly VersionedRecord<S>[], outcomes: Map<string, PutOutcome>): Promise<void> {
    const waitUntilMs = this.#clock.nowMs() + this.#maxWaitMs;
    let open = records;
    while (open.length > 0) {
      const nowMs = this.#clock.nowMs();
      const deadlineMs = nowMs + this.#uploadTimeoutMs;
      const answers = await this.#guard.claim(open.map(claimOf), {
        nowMs,
        busyUntilMs: deadlineMs + SETTLING_MS,
      });
      assertAnswered(answers, open);
      const claimed = open.flatMap((record, at) => claimedBy(record, answers[at]));
      for (const [at, { key }] of open.entries()) {
        if (answers[at]?.outcome === 'stale') outcomes.set(key, 'stale');
      }
      if (claimed.length > 0) await this.#upload(claimed, deadlineMs, outcomes);
      open = open.filter((_, at) => answers[at]?.outcome === 'busy');
      if (open.length > 0) await this.#waitUntilFree(answers, waitUntilMs);
    }
  }

  /** When it fails, the keys stay busy until the deadline has passed: any part may still take effect. */
  async #upload(
    claimed: readonly Claimed<S>[],
    deadlineMs: number,
    outcomes: Map<string, PutOutcome>,
  ): Promise<void> {
    const refusals = await withDeadline(this.#clock, deadlineMs, (signal) =>
      this.#index.write(
        claimed.map(({ record }) => record),
        signal,
      ),
    );
    assertAnswered(refusals, claimed);
    const releases = claimed.map(({ held }, at) => ({ held, acknowledged: refusals[at] === undefined }));
    await this.#guard.release(releases, this.#clock.nowMs() + SETTLING_MS);
    for (const [at, { record }] of claimed.entries()) outcomes.set(record.key, outcomeOf(refusals[at]));
  }

  /** Looks again every second at the latest: the busy time gets shorter when the write is answered. */
  async #waitUntilFree(answers: readonly ClaimOutcome[], waitUntilMs: number): Promise<void> {
    const busy = answers.flatMap((answer) => (answer.outcome === 'busy' ? [answer.busyUntilMs] : []));
    const nowMs = this.#clock.nowMs();
    if (nowMs >= waitUntilMs) {
      const message = `${busy.length} keys are being written by somebody else for longer than ${this.#maxWaitMs} ms`;
      throw new BanyanError('keys-busy', message, { retryable: true });
    }
    const wakeAtMs = Math.min(waitUntilMs, nowMs + SETTLING_MS, ...busy);
    await this.#clock.sleep(Math.max(0, wakeAtMs - nowMs));
  }
}

/** A missing answer would pass for stale, and the record would be lost. */
const assertAnswered = (answers: readonly unknown[], questions: readonly unknown[]): void => {
  if (answers.length === questions.length) return;
  throw new BanyanError('no-outcome', `${answers.length} outcomes came for ${questions.length} records`);
};

const newestPerKey = <S extends State>(
  records: readonly VersionedRecord<S>[],
): Map<string, VersionedRecord<S>> => {
  const newest = new Map<string, VersionedRecord<S>>();
  for (const record of records) {
    const known = newest.get(record.key);
    if (!known || record.version > known.version) newest.set(record.key, record);
  }
  return newest;
};

const claimOf = ({ key, version, state }: VersionedRecord) => ({ key, version, deleted: state === null });

const claimedBy = <S extends State>(
  record: VersionedRecord<S>,
  answer: ClaimOutcome | undefined,
): Claimed<S>[] => (answer?.outcome === 'claimed' ? [{ record, held: answer.held }] : []);

const outcomeOf = (refusal: RejectError | undefined): PutOutcome => refusal ?? 'written';
