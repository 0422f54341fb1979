import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { essenceOf, type VersionsFrom } from '../../../../migrations/verify/compare.ts';
import { RecordBytes } from '../../../../migrations/verify/record-bytes.ts';
import type { State, VersionedRecord } from '../../../../services/core/index.ts';

/** Texts of all kinds, halves of surrogate pairs among them, and what stores and drivers have beyond JSON. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', '\udc00x', '"', ''),
);
const value = fc.oneof(
  text,
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    undefined,
    0,
    -0,
    12n,
    12,
    new Date(0),
    '1970-01-01T00:00:00.000Z',
    new Set(['a']),
  ),
);
const record: fc.Arbitrary<VersionedRecord> = fc.record({
  key: fc.oneof(text, fc.constantFrom('a', 'b')),
  version: fc.nat({ max: 2 }),
  state: fc.dictionary(fc.constantFrom('a', 'b', 'ab', '\ud800'), value, { maxKeys: 3 }),
});

const bytesOf = (of: VersionedRecord, versionsFrom: VersionsFrom = 'document'): string =>
  Buffer.from(new RecordBytes(versionsFrom).of(of)).toString('hex');

const stateBytes = (state: State): string => bytesOf({ key: 'k', version: 1, state });

describe('the bytes of a record', () => {
  it('are the same for two records if, and only if, their keys and what is compared of them are', () => {
    fc.assert(
      fc.property(record, record, fc.constantFrom<VersionsFrom>('document', 'elsewhere'), (a, b, from) => {
        const isSame = a.key === b.key && essenceOf(a, from) === essenceOf(b, from);
        return (bytesOf(a, from) === bytesOf(b, from)) === isSame;
      }),
      { numRuns: 2_000 },
    );
  });

  it('are the same in whatever order its fields come', () => {
    expect(stateBytes({ a: 1, b: 2 })).toBe(stateBytes({ b: 2, a: 1 }));
    expect(stateBytes({ a: 1, b: undefined })).toBe(stateBytes({ a: 1 }));
  });

  it('do not depend on what was written before', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), record, (before, last) => {
        const bytes = new RecordBytes('document');
        for (const one of before) bytes.of(one);
        return Buffer.from(bytes.of(last)).toString('hex') === bytesOf(last);
      }),
    );
  });

  it('hold a record of any size', () => {
    const large = 'ä'.repeat(100_000);
    expect(stateBytes({ large })).not.toBe(stateBytes({ large: `${large.slice(1)}o` }));
    expect(stateBytes({ large, small: 'x' }).length).toBeGreaterThan(2 * 2 * 100_000);
  });
});
