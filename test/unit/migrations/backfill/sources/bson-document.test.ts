import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BSON } from 'mongodb';
import { BsonDocument, decodingOf } from '../../../../../migrations/backfill/sources/bson-document.ts';
import { entityKeyOf, type SourceDocument, versionOf } from '../../../../../services/core/index.ts';

const { Binary, Code, DBRef, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } =
  BSON;

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value));
const bytes = fc.uint8Array({ maxLength: 40 });
const objectId = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((id) => new ObjectId(id));
const timestamp = fc
  .record({ t: fc.nat({ max: 2 ** 32 - 1 }), i: fc.nat({ max: 2 ** 32 - 1 }) })
  .map((time) => new Timestamp(time));
const id = fc.oneof(
  objectId,
  fc.string({ unit: 'binary' }),
  fc.integer().map((value) => new Int32(value)),
  fc.double(),
  long,
  bytes.map((value) => new Binary(value)),
  fc.uuid().map((value) => new UUID(value)),
  fc.date({ noInvalidDate: true }),
  fc.boolean(),
  fc.constantFrom(null, new MinKey(), new MaxKey(), new Decimal128('7.50'), new Decimal128('NaN')),
  timestamp,
  fc.record({ tenant: fc.string(), user: fc.integer() }),
  fc.string().map((code) => new Code(code)),
);
const name = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom(
    '',
    '$set',
    'a.b',
    '__proto__',
    'constructor',
    '0',
    'größe',
    '_banya',
    '_banyan2',
    'entity',
  ),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    id,
    fc.double().map((number) => new Double(number)),
    fc.constantFrom(/^a.*b$/i, undefined, new DBRef('users', new ObjectId())),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    fc.string().map((code) => new Code(code, { one: 1 })),
  ),
}));
const versions = fc.oneof(
  fc.record(
    {
      entity: fc.oneof(
        fc.maxSafeNat(),
        fc.maxSafeNat().map((number) => Long.fromNumber(number)),
        fc.nat({ max: 2 ** 31 - 1 }).map((number) => new Int32(number)),
        value,
      ),
      profiles: fc.maxSafeNat(),
    },
    { requiredKeys: [] },
  ),
  value,
);

/** The element of one field, as a document of nothing else has it. */
const elementOf = (field: string, content: unknown): Buffer => {
  const document = BSON.serialize(
    { [field]: content },
    { ignoreUndefined: false, serializeFunctions: false },
  );
  return Buffer.from(document.subarray(4, -1));
};

/** Field by field, so that a name may come twice. */
const documentOf = (fields: readonly (readonly [string, unknown])[]): Buffer => {
  const elements = Buffer.concat(fields.map(([field, content]) => elementOf(field, content)));
  const size = Buffer.alloc(4);
  size.writeInt32LE(elements.length + 5);
  return Buffer.concat([size, elements, Buffer.of(0)]);
};

const field = fc.tuple(name, value);
const stored = fc
  .tuple(
    fc.option(id, { nil: undefined, freq: 20 }),
    fc.array(fc.oneof({ arbitrary: field, weight: 3 }, fc.tuple(fc.constant('_banyan'), versions)), {
      maxLength: 8,
    }),
  )
  .map(([_id, fields]) => documentOf(_id === undefined ? fields : [['_id', _id], ...fields]));

const decoding = fc
  .constantFrom<BSON.DeserializeOptions>(
    {},
    { promoteValues: false },
    { promoteLongs: false },
    { promoteBuffers: true },
    { useBigInt64: true },
    { bsonRegExp: true },
  )
  .map(decodingOf);

/** What a reading comes to: its value, or what it throws. */
const outcomeOf = (read: () => unknown): unknown => {
  try {
    return { value: read() };
  } catch (thrown) {
    return { thrown: (thrown as Error).message };
  }
};

describe('a BSON document', () => {
  it('says the same of itself as when it is decoded, whatever it holds, wherever it stands and however it is decoded', () => {
    fc.assert(
      fc.property(stored, decoding, bytes, bytes, (document, options, before, after) => {
        const decoded = BSON.deserialize(document, options) as SourceDocument;
        const among = Buffer.concat([before, document, after]);
        const raw = new BsonDocument(among, options, before.length);
        expect(raw.decode()).toEqual(decoded);
        expect(raw.bytes).toBe(document.length);
        for (const slice of ['entity', 'profiles', 'größe']) {
          expect(outcomeOf(() => raw.version(slice))).toEqual(outcomeOf(() => versionOf(decoded, slice)));
        }
        expect(outcomeOf(() => raw.key())).toEqual(outcomeOf(() => entityKeyOf(decoded._id)));
        expect(raw.storedId).toEqual(BSON.deserialize(document, { promoteValues: false })._id);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the usual key and version without decoding', () => {
    const _id = new ObjectId();
    const document = documentOf([
      ['_id', _id],
      ['text', 'x'],
      ['_banyan', { entity: 1_700_000_000_000_001, profiles: Long.fromNumber(2 ** 53 - 1) }],
      ['broken', 'ABCD'],
    ]);
    document[document.indexOf('ABCD')] = 0xff;
    const raw = new BsonDocument(document, decodingOf({}));
    expect(raw.key()).toBe(_id.toHexString());
    expect([raw.version('entity'), raw.version('profiles'), raw.version('other')]).toEqual([
      1_700_000_000_000_001,
      2 ** 53 - 1,
      0,
    ]);
    expect(() => raw.decode()).toThrow(
      expect.objectContaining({
        code: 'undecodable',
        message: expect.stringContaining(`${_id.toHexString()} cannot be decoded: `),
      }),
    );
  });

  it('takes the last of several fields of one name, as decoding does', () => {
    const document = documentOf([
      ['_id', 'ada'],
      ['_banyan', { entity: 1 }],
      ['_banyan', { entity: 2 }],
    ]);
    expect(new BsonDocument(document, decodingOf({})).version('entity')).toBe(2);
  });

  it.each([0, 3, 4, 12, 40, 200])('says that it cannot be decoded when it ends after %i bytes', (length) => {
    const whole = documentOf([
      ['_id', new ObjectId()],
      ['text', 'x'.repeat(200)],
    ]);
    const raw = new BsonDocument(whole.subarray(0, length), decodingOf({}));
    for (const read of [() => raw.decode(), () => raw.version('entity')])
      expect(read).toThrow(expect.objectContaining({ code: 'undecodable' }));
  });
});
