import { Binary, EJSON, Long } from 'bson';
import type { SourceDocument } from './record.ts';

/**
 * A document, as the driver stores it, in relaxed extended JSON, except that 64-bit integers beyond 2^53 keep
 * their digits, as `{ "$numberLong": "9007199254740993" }`: a plain JSON number would be read as another integer.
 * https://github.com/mongodb/specifications/blob/master/source/extended-json/extended-json.md
 */
export const toExtendedJson = (document: SourceDocument): SourceDocument =>
  EJSON.serialize(asStored(document) as SourceDocument, { relaxed: true }) as SourceDocument;

/**
 * What `toExtendedJson` was given, as MongoDB's driver decodes documents: a 64-bit integer is a number where
 * that is exact, and a `Long` beyond.
 * @throws what bson says of malformed extended JSON.
 */
export const fromExtendedJson = (json: object): SourceDocument =>
  restored(json, EJSON.deserialize(json)) as SourceDocument;

type Fields = { [field: string]: unknown };

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const typeOf = (value: Fields): unknown => value._bsontype;

/** What holds other values, unlike the rest of BSON's own types. */
const HOLDERS = new Set<unknown>([undefined, 'DBRef', 'Code']);

/** Puts what bson's relaxed form would not carry in another way; copies only what leads there. */
const asStored = (value: unknown): unknown => {
  if (typeof value === 'bigint') return longOrSame(value);
  if (!isFields(value)) return value;
  if (value instanceof Uint8Array) return new Binary(value);
  if (typeOf(value) === 'Long') return longOrSame(value);
  if (Array.isArray(value)) return changed(value, value.map(asStored));
  if (value instanceof Map) return asStored(Object.fromEntries(value));
  if (typeof value.toBSON === 'function') return asStored(value.toBSON());
  if (!HOLDERS.has(typeOf(value))) return value;
  const inner = Object.values(value);
  const exact = inner.map(asStored);
  if (changed(inner, exact) === inner) return value;
  const fields = Object.keys(value).map((key, at) => [key, exact[at]]);
  return Object.assign(Object.create(Object.getPrototypeOf(value)), Object.fromEntries(fields));
};

const changed = (before: unknown[], after: unknown[]): unknown[] =>
  after.every((value, at) => value === before[at]) ? before : after;

const longOrSame = (integer: bigint | Fields): unknown =>
  Number.isSafeInteger(Number(integer.toString())) ? integer : { $numberLong: integer.toString() };

/** Puts the integers beyond 2^53 into what was decoded without them, along what it was decoded from. */
const restored = (json: unknown, decoded: unknown): unknown => {
  if (!isFields(json)) return decoded;
  const { $numberLong } = json;
  if (typeof $numberLong === 'string' && typeof decoded === 'number') {
    return Number.isSafeInteger(decoded) ? decoded : Long.fromString($numberLong);
  }
  if (!isFields(decoded) || !HOLDERS.has(typeOf(decoded))) return decoded;
  for (const [key, value] of Object.entries(decoded)) {
    const exact = restored(sourceOf(key, decoded, json), value);
    if (exact !== value) decoded[key] = exact;
  }
  return decoded;
};

/** Where extended JSON holds a field of what was decoded. */
const sourceOf = (key: string, decoded: Fields, json: Fields): unknown => {
  if (typeOf(decoded) === 'Code') return key === 'scope' ? json.$scope : undefined;
  if (typeOf(decoded) !== 'DBRef') return json[key];
  return { oid: json.$id, fields: json }[key];
};
