import { type FileHandle, open } from 'node:fs/promises';
import pLimit from 'p-limit';
import { RejectError, type State, type VersionedRecord } from '../../../services/core/index.ts';
import type { PutOutcome, VersionedStore } from '../../../services/store/versioned-store.ts';

const PAGE = 100;
const NEWLINE = 10;

interface Line {
  readonly version: number;
  readonly deleted: boolean;
  readonly at: number;
  readonly bytes: number;
}

/** A record that is newer than what the file holds, as the line that it becomes. */
interface Addition {
  readonly key: string;
  readonly text: Buffer;
  readonly line: Omit<Line, 'at'>;
}

/**
 * A versioned store in a file of JSON Lines, to look at: `{"key":…,"version":…,"state":…}`, one line for each write
 * that took effect, so that a key's last line counts. One process at a time; memory holds the keys.
 */
export class JsonLinesStore<S extends State = State> implements VersionedStore<S> {
  readonly #file: FileHandle;
  readonly #lines = new Map<string, Line>();
  #end = 0;
  readonly #inTurn = pLimit(1);

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens a file, or makes it; a last line that a crash cut short is cut off. */
  static async open<S extends State = State>(path: string): Promise<JsonLinesStore<S>> {
    const store = new JsonLinesStore<S>(await open(path, 'a+'));
    await store.#load();
    return store;
  }

  putIfNewer(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    return this.#inTurn(() => this.#put(records));
  }

  async get(keys: readonly string[]): Promise<(VersionedRecord<S> | undefined)[]> {
    return Promise.all(keys.map((key) => this.#read(this.#lines.get(key))));
  }

  async *scan(): AsyncIterable<VersionedRecord<S>[]> {
    const keys = [...this.#lines].flatMap(([key, { deleted }]) => (deleted ? [] : [key]));
    for (let from = 0; from < keys.length; from += PAGE) {
      const page = await this.get(keys.slice(from, from + PAGE));
      yield page.flatMap((record) => (record?.state ? [record] : []));
    }
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#file.close());
  }

  async #put(records: readonly VersionedRecord<S>[]): Promise<PutOutcome[]> {
    const newer = new Map<string, Addition>();
    const additions: Addition[] = [];
    const outcomes = records.map((record): PutOutcome => {
      const addition = additionOf(record);
      if (addition instanceof RejectError) return addition;
      const held = newer.get(record.key)?.line ?? this.#lines.get(record.key);
      if (held && held.version >= record.version) return 'stale';
      newer.set(record.key, addition);
      additions.push(addition);
      return 'written';
    });
    if (additions.length > 0) await this.#file.write(Buffer.concat(additions.map(({ text }) => text)));
    for (const { key, line } of additions) this.#note(key, line);
    return outcomes;
  }

  #note(key: string, line: Omit<Line, 'at'>): void {
    this.#lines.set(key, { ...line, at: this.#end });
    this.#end += line.bytes;
  }

  async #read(line: Line | undefined): Promise<VersionedRecord<S> | undefined> {
    if (!line) return undefined;
    const { buffer } = await this.#file.read(Buffer.alloc(line.bytes), 0, line.bytes, line.at);
    return JSON.parse(buffer.toString()) as VersionedRecord<S>;
  }

  async #load(): Promise<void> {
    let rest = Buffer.alloc(0);
    for await (const chunk of this.#file.createReadStream({ start: 0, autoClose: false })) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      let from = 0;
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, from)) {
        const { key, version, state } = JSON.parse(rest.toString('utf8', from, end)) as VersionedRecord<S>;
        this.#note(key, { version, deleted: state === null, bytes: end + 1 - from });
        from = end + 1;
      }
      rest = rest.subarray(from);
    }
    if (rest.length > 0) await this.#file.truncate(this.#end);
  }
}

const additionOf = (record: VersionedRecord): Addition | RejectError => {
  const { key, version, state } = record;
  try {
    const text = Buffer.from(`${JSON.stringify({ key, version, state })}\n`);
    return { key, text, line: { version, deleted: state === null, bytes: text.length } };
  } catch (cause) {
    return new RejectError(`the state of ${key} is not JSON`, { cause });
  }
};
