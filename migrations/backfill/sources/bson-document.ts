import { BSON, type BSONSerializeOptions } from 'mongodb';
import {
  assertVersion,
  BanyanError,
  entityKeyOf,
  messageOf,
  NO_VERSION,
  type SourceDocument,
  VERSIONS_FIELD,
  type Version,
  versionOf,
} from '../../../services/core/index.ts';
import type { RawDocument } from '../source.ts';
import { BSON_TYPES, findElement, valueEnd } from './bson-element.ts';

const ASCII = /^[ -~]+$/;
const MAX_HIGH = 2 ** 21;

/** How the driver decodes what a cursor reads, of a collection with these options. */
export const decodingOf = (options: BSONSerializeOptions): BSON.DeserializeOptions => ({
  ...options,
  raw: false,
  validation: { utf8: options.enableUtf8Validation !== false },
});

/** Nothing is made a number, a string or bare bytes on its way: a range ends, and the next begins, at just that `_id`. */
export const AS_STORED = { promoteValues: false, promoteBuffers: false, useBigInt64: false } as const;

/**
 * A document as MongoDB stores it. The usual kinds of `_id` and version are read where they stand; for any other it
 * is decoded, so that nothing has two readings.
 */
export class BsonDocument implements RawDocument {
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #decoding: BSON.DeserializeOptions;

  /**
   * `from`: Optional: defaults to 0. Where it begins in `bytes`.
   * `decoding`: Required. As `decodingOf` makes it.
   */
  constructor(bytes: Buffer, decoding: BSON.DeserializeOptions, from = 0) {
    this.#bytes = bytes;
    this.#from = from;
    this.#decoding = decoding;
  }

  get bytes(): number {
    return this.#bytes.readInt32LE(this.#from);
  }

  /** Its `_id` as it is stored, whatever the driver would make of it: to read on just after it. */
  get storedId(): unknown {
    return this.#id(AS_STORED);
  }

  key(): string {
    return objectIdIn(this.#bytes, this.#from) ?? entityKeyOf(this.#id(this.#decoding));
  }

  version(slice: string): Version {
    const version = tried(() => versionIn(this.#bytes, this.#from, slice));
    return version === undefined ? versionOf(this.decode(), slice) : assertVersion(version);
  }

  /**
   * With the driver's own classes: `instanceof` tells them from those of another copy of bson.
   * @throws BanyanError `undecodable`: strings that are not UTF-8, for example.
   */
  decode(): SourceDocument {
    return this.#decoded(this.#decoding);
  }

  #id(decoding: BSON.DeserializeOptions): unknown {
    const alone = tried(() => aloneId(this.#bytes, this.#from));
    return (alone ? BSON.deserialize(alone, decoding) : this.#decoded(decoding))._id;
  }

  #decoded(decoding: BSON.DeserializeOptions): SourceDocument {
    try {
      const bytes = this.#bytes.subarray(this.#from, this.#from + this.bytes);
      return BSON.deserialize(bytes, decoding) as SourceDocument;
    } catch (cause) {
      const which = tried(() => objectIdIn(this.#bytes, this.#from)) ?? 'a document';
      throw new BanyanError('undecodable', `${which} cannot be decoded: ${messageOf(cause)}`, { cause });
    }
  }
}

/** What cannot be read where it stands is decoded, and that tells whether anything is wrong with it. */
const tried = <T>(read: () => T | undefined): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/** MongoDB stores the `_id` first, and once: its name and a zero come after the size and the type. */
const ID_TYPE_AT = 4;
const ID_NAME_AT = 5;
const ID_VALUE_AT = 9;
const ID_NAME = Buffer.from('_id\0').readInt32LE();
const beginsWithId = (bytes: Buffer, from: number): boolean =>
  bytes.readInt32LE(from + ID_NAME_AT) === ID_NAME;

const objectIdIn = (bytes: Buffer, from: number): string | undefined =>
  bytes[from + ID_TYPE_AT] === BSON_TYPES.objectId && beginsWithId(bytes, from)
    ? bytes.toString('hex', from + ID_VALUE_AT, from + ID_VALUE_AT + 12)
    : undefined;

/** The document with nothing but its `_id`. */
const aloneId = (bytes: Buffer, from: number): Buffer | undefined => {
  if (!beginsWithId(bytes, from)) return undefined;
  const end = valueEnd(bytes, from + ID_TYPE_AT, from + ID_VALUE_AT);
  const alone = Buffer.alloc(end - from + 1);
  bytes.copy(alone, 0, from, end);
  alone.writeInt32LE(alone.length);
  return alone;
};

/** `undefined`: of an unusual kind, and not read here. */
const versionIn = (bytes: Buffer, from: number, slice: string): number | undefined => {
  const versionsAt = findElement(bytes, from, VERSIONS_FIELD);
  if (versionsAt < 0) return NO_VERSION;
  if (bytes[versionsAt] !== BSON_TYPES.document || !ASCII.test(slice)) return undefined;
  const at = findElement(bytes, versionsAt + VERSIONS_FIELD.length + 2, slice);
  return at < 0 ? NO_VERSION : numberAt(bytes, bytes[at] ?? 0, at + slice.length + 2);
};

const numberAt = (bytes: Buffer, type: number, at: number): number | undefined => {
  if (type === BSON_TYPES.double) return bytes.readDoubleLE(at);
  if (type === BSON_TYPES.int) return bytes.readInt32LE(at);
  if (type !== BSON_TYPES.long) return undefined;
  const high = bytes.readInt32LE(at + 4);
  return high >= 0 && high < MAX_HIGH ? high * 2 ** 32 + bytes.readUInt32LE(at) : undefined;
};
