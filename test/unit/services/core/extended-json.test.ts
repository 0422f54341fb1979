import { describe, expect, it } from '@jest/globals';
import {
  Binary,
  BSON,
  Code,
  DBRef,
  Decimal128,
  Double,
  EJSON,
  Int32,
  Long,
  MaxKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';
import fc from 'fast-check';
import { fromExtendedJson, toExtendedJson } from '../../../../services/core/extended-json.ts';

const BEYOND = '9007199254740993';
const beyond = Long.fromString(BEYOND);
const lowest = Long.fromString('-9223372036854775808');

/** What the driver reads of what it stored. */
const stored = (document: object) => BSON.deserialize(BSON.serialize(document));
const sent = (document: object): unknown =>
  JSON.parse(JSON.stringify(toExtendedJson({ _id: 1, ...document })));
const received = (document: object): unknown => fromExtendedJson(sent(document) as object);

describe('extended JSON of events', () => {
  it('is the relaxed form wherever that is exact', () => {
    const document = {
      _id: new ObjectId(),
      date: new Date(1_700_000_000_000),
      ancient: new Date(-62_135_596_800_001),
      integer: 7,
      highest: Number.MAX_SAFE_INTEGER,
      double: 1.5,
      huge: 1e20,
      long: Long.fromNumber(2 ** 53 - 1),
      small: 5n,
      nothing: null,
      list: [1, [new Int32(2)], { deep: new Double(3) }],
      decimal: Decimal128.fromString('0.1'),
      binary: new Binary(Buffer.from('abc')),
      uuid: new UUID(),
      time: new Timestamp({ t: 1_700_000_000, i: 4 }),
      pattern: /a/i,
      code: new Code('f', { x: 1 }),
      ref: new DBRef('users', new ObjectId()),
      end: new MaxKey(),
    };
    expect(toExtendedJson(document)).toEqual(EJSON.serialize(document, { relaxed: true }));
  });

  it('keeps every digit of integers beyond 2^53', () => {
    expect(sent({ long: beyond, big: BigInt(BEYOND), low: lowest, list: [1, { deep: beyond }] })).toEqual({
      _id: 1,
      long: { $numberLong: BEYOND },
      big: { $numberLong: BEYOND },
      low: { $numberLong: '-9223372036854775808' },
      list: [1, { deep: { $numberLong: BEYOND } }],
    });
  });

  it('does not change the document that it is given', () => {
    const document = { _id: 1, list: [{ long: beyond }], plain: { a: 1 } };
    toExtendedJson(document);
    expect(document).toEqual({ _id: 1, list: [{ long: beyond }], plain: { a: 1 } });
  });

  it.each([
    ['in fields and lists', { a: beyond, b: [lowest, { c: beyond }], d: 1, e: 'x' }],
    ['beside numbers of every kind', { a: beyond, b: 1e17, c: 2 ** 53, d: -1.5, e: 0, f: Number.NaN }],
    ['beside dates beyond the years of ISO', { a: beyond, b: new Date(8.64e15), c: new Date(-1) }],
    ['beside binary data', { a: beyond, b: Buffer.from([1, 2, 3]), c: new Uint8Array(2), d: new UUID() }],
    ['in references', { ref: new DBRef('users', beyond as never, 'db', { more: lowest }) }],
    ['in the scope of code', { code: new Code('f', { x: beyond }) }],
    ['in maps', { map: new Map<string, unknown>([['a', beyond]]) }],
    ['given as bigint', { a: BigInt(BEYOND), b: -5n }],
    ['given as what says itself how it is stored', { a: { toBSON: () => ({ b: beyond }) } }],
  ])('gives back what the driver would: %s', (_, document) => {
    expect(received(document)).toEqual({ _id: 1, ...stored(document) });
  });

  it('gives back any 64-bit integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (integer) => {
        expect(received({ integer })).toEqual({ _id: 1, ...stored({ integer }) });
      }),
    );
  });

  it('lets a field be called as an inherited one', () => {
    const json = JSON.parse(`{"_id":1,"__proto__":{"a":{"$numberLong":"${BEYOND}"}},"constructor":2}`);
    const document = fromExtendedJson(json);
    expect(Object.keys(document)).toEqual(['_id', '__proto__', 'constructor']);
    expect(Object.getOwnPropertyDescriptor(document, '__proto__')?.value).toEqual({ a: beyond });
  });

  it('refuses what is no extended JSON', () => {
    expect(() => fromExtendedJson({ _id: { $numberLong: 'many' } })).toThrow();
  });
});
