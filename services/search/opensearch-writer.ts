import { ExponentialBackoff, fullJitterGenerator, handleWhen, type IPolicy, retry } from 'cockatiel';
import { BanyanError, type Clock, RejectError, type State, type VersionedRecord } from '../core/index.ts';
import type { PutOutcome, VersionedStore } from '../store/versioned-store.ts';
import { type BulkAnswerItem, type BulkItem, bulksOf, outcomeOf } from './opensearch-bulk.ts';
import { encodeRecord } from './opensearch-document.ts';
import { OpenSearchError } from './opensearch-errors.ts';
import { askOpenSearch, type OpenSearchEndpoint } from './opensearch-requests.ts';

/** Half of what the smallest of Amazon's domains takes as one request. */
const DEFAULT_BULK_BYTES = 5_000_000;

/** Six seconds of waiting at most: less than the time-out of a consumer's invocation. */
const PATIENCE = { maxRetries: 6, initialDelayMs: 100, maxDelayMs: 5_000 };

export interface OpenSearchWriterOptions extends OpenSearchEndpoint {
  /** Required. The index itself, not an alias. */
  readonly index: string;
  readonly clock: Clock;
  /** Optional: defaults to 5,000,000. Bytes in one bulk, but for a document that is larger by itself. */
  readonly maxBulkBytes?: number;
  /** Optional: defaults to six retries with full jitter, 100 ms to 5 s. How patiently busy items are sent again. */
  readonly patience?: typeof PATIENCE;
  /** Optional. Called whenever the cluster says that it is too busy, though the call may go on and succeed. */
  readonly onBusy?: () => void;
}

interface BulkAnswer {
  readonly items: readonly { readonly index: BulkAnswerItem }[];
}

/**
 * Writes under the write law (law 1) by bulks with external versions: the engine takes a document only above the
 * version that it has, and refuses that item alone with 409 otherwise. Only `index` takes such a version; a delete
 * under one is forgotten after a minute (`index.gc_deletes`), so a tombstone is a document (law 3).
 * An item whose answer was lost is sent again and then found `stale`.
 */
export class OpenSearchWriter<S extends State = State> implements Pick<VersionedStore<S>, 'putIfNewer'> {
  readonly #options: OpenSearchWriterOptions;
  readonly #maxBulkBytes: number;
  readonly #retry: IPolicy;

  constructor(options: OpenSearchWriterOptions) {
    this.#options = options;
    this.#maxBulkBytes = options.maxBulkBytes ?? DEFAULT_BULK_BYTES;
    const { maxRetries, initialDelayMs, maxDelayMs } = options.patience ?? PATIENCE;
    const backoff = new ExponentialBackoff({
      generator: fullJitterGenerator,
      initialDelay: initialDelayMs,
      maxDelay: maxDelayMs,
    });
    this.#retry = retry(handleWhen(isBusyError), { maxAttempts: maxRetries, backoff });
  }

  async putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    const nowMs = this.#options.clock.nowMs();
    const outcomes = new Map<number, PutOutcome>();
    const items = records.flatMap((record, at): BulkItem[] => {
      const encoded = encodedOr(record, nowMs);
      if (!(encoded instanceof RejectError)) return [{ ...encoded, at }];
      outcomes.set(at, encoded);
      return [];
    });
    for (const bulk of bulksOf(items, this.#maxBulkBytes)) await this.#put(bulk, outcomes);
    return records.map((_, at) => outcomes.get(at) ?? missing(at));
  }

  /** Sends the items, and the busy ones among them again, until each has its outcome. */
  async #put(bulk: readonly BulkItem[], outcomes: Map<number, PutOutcome>): Promise<void> {
    let open = bulk;
    try {
      await this.#retry.execute(async () => {
        const sent = open;
        const { items } = await this.#send(sent).catch((thrown: unknown) => {
          if (isBusyError(thrown)) this.#options.onBusy?.();
          throw thrown;
        });
        open = sent.filter((item, n) => this.#settle(item, items[n]?.index, outcomes) === 'busy');
        const busy = items.find(({ index }) => outcomeOf(index) === 'busy');
        if (!busy) return;
        this.#options.onBusy?.();
        throw this.#errorOf(busy.index);
      });
    } catch (thrown) {
      if (!(thrown instanceof OpenSearchError) || thrown.status !== 413) throw thrown;
      await this.#putHalves(open, outcomes, thrown);
    }
  }

  #settle(
    item: BulkItem,
    answer: BulkAnswerItem | undefined,
    outcomes: Map<number, PutOutcome>,
  ): 'busy' | undefined {
    if (!answer) return missing(item.at);
    const outcome = outcomeOf(answer);
    if (outcome === 'busy') return outcome;
    if (outcome === 'failed') throw this.#errorOf(answer);
    outcomes.set(item.at, outcome);
    return undefined;
  }

  /** The cluster takes smaller requests than we thought. */
  async #putHalves(
    bulk: readonly BulkItem[],
    outcomes: Map<number, PutOutcome>,
    cause: OpenSearchError,
  ): Promise<void> {
    const [first] = bulk;
    if (first && bulk.length === 1) {
      const message = `the document is ${first.bytes} bytes, more than this OpenSearch takes in one request`;
      outcomes.set(first.at, new RejectError(message, { cause }));
      return;
    }
    const half = Math.ceil(bulk.length / 2);
    await this.#put(bulk.slice(0, half), outcomes);
    await this.#put(bulk.slice(half), outcomes);
  }

  #send(bulk: readonly BulkItem[]): Promise<BulkAnswer> {
    return askOpenSearch<BulkAnswer>(this.#options, {
      method: 'POST',
      path: `/${encodeURIComponent(this.#options.index)}/_bulk`,
      query: { filter_path: 'items.*.status,items.*.error' },
      lines: bulk.map(({ lines }) => lines).join(''),
    });
  }

  #errorOf({ status, error = {} }: BulkAnswerItem): OpenSearchError {
    return new OpenSearchError(this.#options.endpoint, status, error);
  }
}

const isBusyError = (thrown: unknown): boolean => thrown instanceof BanyanError && thrown.retryable;

const encodedOr = (record: VersionedRecord, nowMs: number) => {
  try {
    return encodeRecord(record, nowMs);
  } catch (thrown) {
    if (thrown instanceof RejectError) return thrown;
    throw thrown;
  }
};

/** A missing answer would pass for stale, and the record would be lost. */
const missing = (at: number): never => {
  throw new BanyanError('no-outcome', `no outcome came for record ${at} of a bulk`);
};
