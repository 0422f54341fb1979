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

/**
 * A document as MongoDB stores it. The usual kinds of `_id` and version are read where they stand; for any other it
 * is decoded, so that nothing has two readings.
 */
export class BsonDocument implements RawDocument {
  readonly #bytes: Buffer;
  readonly #decoding: BSON.DeserializeOptions;

  /** `decoding`: Required. As `decodingOf` makes it. */
  constructor(bytes: Buffer, decoding: BSON.DeserializeOptions) {
    this.#bytes = bytes;
    this.#decoding = decoding;
  }

  get bytes(): number {
    return this.#bytes.length;
  }

  get id(): unknown {
    const alone = this.#tried(aloneId);
    return (alone ? decoded(alone, this.#decoding) : this.decode())._id;
  }

  key(): string {
    return objectIdIn(this.#bytes) ?? entityKeyOf(this.id);
  }

  version(slice: string): Version {
    const version = this.#tried((bytes) => versionIn(bytes, slice));
    return version === undefined ? versionOf(this.decode(), slice) : assertVersion(version);
  }

  /**
   * With the driver's own classes: `instanceof` tells them from those of another copy of bson.
   * @throws BanyanError `undecodable`: strings that are not UTF-8, for example.
   */
  decode(): SourceDocument {
    try {
      return decoded(this.#bytes, this.#decoding);
    } catch (cause) {
      const which = objectIdIn(this.#bytes) ?? 'a document';
      throw new BanyanError('undecodable', `${which} cannot be decoded: ${messageOf(cause)}`, { cause });
    }
  }

  /** What cannot be read where it stands is decoded, and that tells whether anything is wrong with it. */
  #tried<T>(read: (bytes: Buffer) => T | undefined): T | undefined {
    try {
      return read(this.#bytes);
    } catch {
      return undefined;
    }
  }
}

const decoded = (bytes: Buffer, decoding: BSON.DeserializeOptions): SourceDocument =>
  BSON.deserialize(bytes, decoding) as SourceDocument;

/** MongoDB stores the `_id` first, and once: its name and a zero come after the size and the type. */
const ID_NAME_AT = 5;
const ID_VALUE_AT = 9;
const ID_NAME = Buffer.from('_id\0').readInt32LE();
const beginsWithId = (bytes: Buffer): boolean => bytes.readInt32LE(ID_NAME_AT) === ID_NAME;

const objectIdIn = (bytes: Buffer): string | undefined =>
  bytes[4] === BSON_TYPES.objectId && beginsWithId(bytes)
    ? bytes.toString('hex', ID_VALUE_AT, ID_VALUE_AT + 12)
    : undefined;

/** The document with nothing but its `_id`. */
const aloneId = (bytes: Buffer): Buffer | undefined => {
  if (!beginsWithId(bytes)) return undefined;
  const end = valueEnd(bytes, 4, ID_VALUE_AT);
  const alone = Buffer.alloc(end + 1);
  bytes.copy(alone, 0, 0, end);
  alone.writeInt32LE(alone.length);
  return alone;
};

/** `undefined`: of an unusual kind, and not read here. */
const versionIn = (bytes: Buffer, slice: string): number | undefined => {
  const versionsAt = findElement(bytes, 0, VERSIONS_FIELD);
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
