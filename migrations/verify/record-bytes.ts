import { NO_VERSION, type State, type VersionedRecord } from '../../services/core/index.ts';
import { canonicalJson } from './canonical-json.ts';
import type { VersionsFrom } from './compare.ts';

const FIRST_BYTES = 64 * 1_024;
/** What UTF-8 takes of a UTF-16 code unit, at most. */
const BYTES_PER_UNIT = 3;
const LENGTH_BYTES = 4;
const TEXT = 1;
const JSON_TEXT = 2;

interface Order {
  readonly fields: readonly string[];
  readonly sorted: readonly string[];
  /** Of the sorted fields, as JSON. */
  readonly names: string;
}

/**
 * Writes records as bytes, each over the one before: two records have the same bytes if, and only if, their keys,
 * their versions as far as these are compared, and the canonical texts of their states are the same. Every part
 * stands behind its length, so that nothing has to be escaped: a third of the time of the canonical text.
 */
export class RecordBytes {
  readonly #versionsFrom: VersionsFrom;
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;
  /** The fields of a side's records mostly come in the same order, which is sorted once. */
  #order: Order = { fields: [], sorted: [], names: '[]' };

  constructor(versionsFrom: VersionsFrom) {
    this.#versionsFrom = versionsFrom;
  }

  /** A view that holds until the next call. */
  of(record: VersionedRecord): Uint8Array {
    this.#at = 0;
    this.#text(record.key);
    this.#room(8);
    const version = this.#versionsFrom === 'document' ? record.version : NO_VERSION;
    this.#at = this.#bytes.writeDoubleLE(version, this.#at);
    this.#state(record.state ?? {});
    return this.#bytes.subarray(0, this.#at);
  }

  #state(state: State): void {
    const from = this.#at;
    const { sorted, names } = this.#orderOf(Object.keys(state));
    this.#write(JSON_TEXT, names);
    for (const field of sorted) {
      const value = state[field];
      if (value === undefined) {
        // Such a field is absent: from the names as well.
        this.#at = from;
        this.#state(withoutUndefined(state));
        return;
      }
      this.#value(value);
    }
  }

  #orderOf(fields: readonly string[]): Order {
    if (!isSame(fields, this.#order.fields)) {
      const sorted = fields.toSorted();
      this.#order = { fields, sorted, names: JSON.stringify(sorted) };
    }
    return this.#order;
  }

  #value(value: unknown): void {
    if (typeof value === 'string') this.#text(value);
    else {
      const json = canonicalJson(value);
      // A date, say, is its text.
      if (json.startsWith('"')) this.#text(JSON.parse(json));
      else this.#write(JSON_TEXT, json);
    }
  }

  #text(text: string): void {
    const from = this.#at;
    const length = this.#write(TEXT, text);
    // UTF-8 has no bytes for half a surrogate pair; JSON has an escape. What is all ASCII has none.
    if (length === text.length || text.isWellFormed()) return;
    this.#at = from;
    this.#write(JSON_TEXT, JSON.stringify(text));
  }

  #write(tag: number, text: string): number {
    this.#room(1 + LENGTH_BYTES + text.length * BYTES_PER_UNIT);
    const from = this.#at + 1 + LENGTH_BYTES;
    const length = this.#bytes.write(text, from, 'utf8');
    this.#bytes[this.#at] = tag;
    this.#bytes.writeUInt32LE(length, this.#at + 1);
    this.#at = from + length;
    return length;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
};

const withoutUndefined = (state: State): State =>
  Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined));
