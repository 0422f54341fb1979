import { RejectError, type State, type VersionedRecord } from '../core/index.ts';
import type { VersionedStore } from './versioned-store.ts';

/** What became of a copy: as a put's outcome, or `failed`, when the store did not answer. */
export type CopyOutcome = 'written' | 'stale' | 'rejected' | 'failed';

/** Told about every copy, with the cause where there was no success: to be counted and logged. */
export type CopyReport = (outcome: CopyOutcome, cause?: unknown) => void;

/**
 * Copies what was committed at the source, or read there, into the store, ahead of the stream. The store is a
 * cache then: a copy that does not succeed fails nobody's request, since the stream brings the same state, or
 * quarantines it. It is reported, and never left out silently.
 */
export class WriteThrough<S extends State = State> {
  readonly #store: VersionedStore<S>;
  readonly #report: CopyReport;

  constructor(options: { store: VersionedStore<S>; report: CopyReport }) {
    this.#store = options.store;
    this.#report = options.report;
  }

  /** Never throws. */
  async copy(record: VersionedRecord<S>): Promise<CopyOutcome> {
    try {
      const [outcome] = await this.#store.putIfNewer([record]);
      if (!(outcome instanceof RejectError)) return this.#reported(outcome ?? 'failed');
      return this.#reported('rejected', outcome);
    } catch (cause) {
      return this.#reported('failed', cause);
    }
  }

  #reported(outcome: CopyOutcome, cause?: unknown): CopyOutcome {
    this.#report(outcome, cause);
    return outcome;
  }
}
