import { RejectError, type State, type VersionedRecord } from '../../services/core/index.ts';
import type { SearchIndex, SearchIndexWriter } from '../../services/search/search-index.ts';

/** An upload under way: the test says when it takes effect and when its answer arrives. */
export class HeldUpload<S extends State> {
  readonly records: readonly VersionedRecord<S>[];
  readonly signal: AbortSignal | undefined;
  readonly #index: SearchIndex<S>;
  readonly #resolve: (outcomes: (undefined | RejectError)[]) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(parts: {
    index: SearchIndex<S>;
    records: readonly VersionedRecord<S>[];
    signal: AbortSignal | undefined;
    resolve(outcomes: (undefined | RejectError)[]): void;
    reject(reason: unknown): void;
  }) {
    this.records = parts.records;
    this.signal = parts.signal;
    this.#index = parts.index;
    this.#resolve = parts.resolve;
    this.#reject = parts.reject;
  }

  /** The service applies the batch, whether or not anybody still waits for the answer. */
  async takeEffect(): Promise<void> {
    await this.#index.write(this.records);
  }

  answer(): void {
    this.#resolve(this.records.map(() => undefined));
  }

  refuse(): void {
    this.#resolve(this.records.map(() => new RejectError('refused')));
  }

  fail(reason: unknown): void {
    this.#reject(reason);
  }
}

/** An index whose uploads wait for the test. */
export class HeldIndex<S extends State> implements SearchIndexWriter<S> {
  readonly uploads: HeldUpload<S>[] = [];
  readonly #index: SearchIndex<S>;

  constructor(index: SearchIndex<S>) {
    this.#index = index;
  }

  write(records: readonly VersionedRecord<S>[], signal?: AbortSignal): Promise<(undefined | RejectError)[]> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      this.uploads.push(new HeldUpload({ index: this.#index, records, signal, resolve, reject }));
    });
  }
}
