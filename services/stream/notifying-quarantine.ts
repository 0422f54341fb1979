import type { Quarantine, QuarantineEntry } from './quarantine.ts';

/** What others are told of an entry: all but the record itself, which may hold personal data. */
export interface QuarantineNotice extends Omit<QuarantineEntry, 'body'> {
  /** The record's size. */
  readonly bytes: number;
}

/** Tells others of an entry; rejects when they could not be told. */
export type NotifyOfQuarantine = (notice: QuarantineNotice) => Promise<void>;

/**
 * A quarantine that tells others of every entry, once it is kept: at least once, since an entry of which nobody
 * could be told counts as not put, and is put again. Whoever listens goes by the entry's `source` and `id`.
 */
export class NotifyingQuarantine implements Quarantine {
  readonly #quarantine: Quarantine;
  readonly #notify: NotifyOfQuarantine;

  constructor(options: { readonly quarantine: Quarantine; readonly notify: NotifyOfQuarantine }) {
    this.#quarantine = options.quarantine;
    this.#notify = options.notify;
  }

  async put(entry: QuarantineEntry): Promise<void> {
    await this.#quarantine.put(entry);
    const { body, ...rest } = entry;
    await this.#notify({ ...rest, bytes: Buffer.byteLength(body) });
  }

  list(source: string): AsyncIterable<QuarantineEntry> {
    return this.#quarantine.list(source);
  }

  remove(entry: QuarantineEntry): Promise<void> {
    return this.#quarantine.remove(entry);
  }
}
