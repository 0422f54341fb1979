import {
  entityKeyOf,
  type SourceDocument,
  type State,
  type VersionedRecord,
} from '../../services/core/index.ts';
import { compareRecords } from './compare.ts';
import { RejectedDocument, readDocument } from './expectation.ts';
import { KnownRejects } from './known-rejects.ts';
import { readAll } from './read-all.ts';
import { Suspects } from './suspects.ts';
import type { Tally } from './tally.ts';
import type { VerifyOptions, VerifyParts } from './verify-parts.ts';

/** Suspects are a key and a few digests each: some megabytes. */
const SUSPECTS = 10_000;

/** Compares source and sink key by key, from either side or by key, and lets differences settle. */
export class Comparison<S extends State = State> {
  readonly #parts: VerifyParts<S>;
  readonly #options: VerifyOptions;
  readonly #tally: Tally;
  readonly #suspects: Suspects<S>;

  constructor(parts: VerifyParts<S>, options: VerifyOptions, tally: Tally) {
    this.#parts = parts;
    this.#options = options;
    this.#tally = tally;
    this.#suspects = new Suspects({
      ...parts,
      ...options,
      capacity: SUSPECTS,
      rejects: new KnownRejects({ ...parts, ...options, quarantined: () => parts.quarantined() }),
      onSettled: () => {
        tally.settled += 1;
      },
      onRejected: (known) => tally.reject(known),
      onMismatch: (mismatch) => tally.mismatch(mismatch),
      onUnsettled: (key) => tally.unsettledKey(key),
    });
  }

  /** Every document of the source, with what the sink holds. */
  async compareSource(): Promise<void> {
    await this.#readSource((documents) => this.#compareDocuments(documents));
  }

  /** A document that stands for no record is a mismatch unless it is in quarantine. */
  suspectRejected(rejected: RejectedDocument): Promise<void> {
    return this.#suspects.add(rejected.key, rejected, undefined);
  }

  /** The documents of the source whose key is `open`; those that cannot be transformed were met before. */
  async compareOpen(isOpen: (key: string) => boolean): Promise<void> {
    await this.#readSource(async (documents) => {
      const records: VersionedRecord<S>[] = [];
      for (const document of documents) {
        if (!isOpen(entityKeyOf(document._id))) continue;
        const record = readDocument(document, this.#parts.reading);
        if (!(record instanceof RejectedDocument)) records.push(record);
      }
      await this.#compareRecords(records);
    });
  }

  async #readSource(compare: (documents: readonly SourceDocument[]) => Promise<void>): Promise<void> {
    let read = 0;
    await readAll({
      ...this.#parts,
      ...this.#options,
      onDocuments: async (documents, estimated) => {
        await compare(documents);
        read += documents.length;
        this.#progress('comparing', read, estimated);
      },
    });
  }

  /** Everything in the sink whose key is `wanted`, with what the source says it should be. */
  async compareSink(wanted: (key: string) => boolean = () => true): Promise<void> {
    const { chunkSize, signal } = this.#options;
    for await (const page of this.#parts.store.scan()) {
      const records = page.filter(({ key }) => wanted(key));
      for (let from = 0; from < records.length; from += chunkSize) {
        signal.throwIfAborted();
        await this.#compareStored(records.slice(from, from + chunkSize));
      }
      this.#progress('looking for extra keys', this.#tally.scanned, this.#tally.compared);
    }
  }

  /** Both sides of `keys`, be they there or not. */
  async compareKeys(keys: readonly string[]): Promise<void> {
    const { source, retry } = this.#parts;
    const { chunkSize, signal } = this.#options;
    for (let from = 0; from < keys.length; from += chunkSize) {
      signal.throwIfAborted();
      const chunk = keys.slice(from, from + chunkSize);
      const documents = await retry(() => source.get(chunk), signal);
      await this.#compareDocuments(documents.filter((document) => document !== undefined));
      await this.#compareAbsent(chunk.filter((_, i) => documents[i] === undefined));
    }
  }

  async settle(): Promise<void> {
    if (this.#suspects.size > 0) this.#progress('settling', 0, this.#suspects.size);
    await this.#suspects.settle();
  }

  async #compareDocuments(documents: readonly SourceDocument[]): Promise<void> {
    const expected: VersionedRecord<S>[] = [];
    for (const document of documents) {
      const record = readDocument(document, this.#parts.reading);
      if (!(record instanceof RejectedDocument)) expected.push(record);
      else {
        this.#tally.compared += 1;
        await this.suspectRejected(record);
      }
    }
    await this.#compareRecords(expected);
  }

  async #compareRecords(expected: readonly VersionedRecord<S>[]): Promise<void> {
    const stored = await this.#stored(expected.map(({ key }) => key));
    for (const [i, record] of expected.entries()) {
      this.#tally.compared += 1;
      await this.#compare(record.key, record, stored[i]);
    }
  }

  async #compareAbsent(keys: readonly string[]): Promise<void> {
    const stored = await this.#stored(keys);
    for (const [i, key] of keys.entries()) {
      this.#tally.compared += 1;
      await this.#compare(key, undefined, stored[i]);
    }
  }

  /** What came into being after its range was read is compared here only. */
  async #compareStored(page: readonly VersionedRecord<S>[]): Promise<void> {
    const { source, reading, retry } = this.#parts;
    const keys = page.map(({ key }) => key);
    const documents = await retry(() => source.get(keys), this.#options.signal);
    for (const [i, stored] of page.entries()) {
      this.#tally.scanned += 1;
      const document = documents[i];
      const expected = document && readDocument(document, reading);
      // What cannot be transformed was met from the source's side.
      if (expected instanceof RejectedDocument || this.#tally.hasReported(stored.key)) continue;
      await this.#compare(stored.key, expected, stored);
    }
  }

  async #compare(
    key: string,
    expected: VersionedRecord<S> | undefined,
    stored: VersionedRecord<S> | undefined,
  ): Promise<void> {
    if (compareRecords(expected, stored, this.#options.versionsFrom).length === 0) return;
    await this.#suspects.add(key, expected, stored);
  }

  #stored(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    if (keys.length === 0) return Promise.resolve([]);
    return this.#parts.retry(() => this.#parts.store.get(keys), this.#options.signal);
  }

  #progress(activity: string, done: number, estimated: number): void {
    this.#options.onProgress(activity, done, estimated, this.#tally.counts());
  }
}
