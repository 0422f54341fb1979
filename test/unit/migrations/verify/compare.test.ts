import { describe, expect, it } from '@jest/globals';
import { compareRecords } from '../../../../migrations/verify/compare.ts';

const record = (version: number, state: { [field: string]: unknown } | null) => ({
  key: 'ada',
  version,
  state,
});

describe('comparing what the source says with what the sink holds', () => {
  it('finds nothing when version and every field agree, whatever the order of fields', () => {
    const source = record(5, { name: 'Ada', tags: ['x', { y: 1 }], bio: undefined });
    expect(compareRecords(source, record(5, { tags: ['x', { y: 1 }], name: 'Ada' }))).toEqual([]);
  });

  it('finds each field that differs, on either side only or on both', () => {
    const differences = compareRecords(
      record(5, { a: 1, b: 2, c: [1] }),
      record(5, { b: '2', c: [2], d: 4 }),
    );
    expect(differences).toEqual([
      { kind: 'field', field: 'a', source: 1, sink: undefined },
      { kind: 'field', field: 'b', source: 2, sink: '2' },
      { kind: 'field', field: 'c', source: [1], sink: [2] },
      { kind: 'field', field: 'd', source: undefined, sink: 4 },
    ]);
  });

  it('finds a version that differs, though the fields agree', () => {
    expect(compareRecords(record(5, { a: 1 }), record(4, { a: 1 }))).toEqual([
      { kind: 'version', source: 5, sink: 4 },
    ]);
  });

  it('leaves the version alone where documents have none', () => {
    expect(compareRecords(record(0, { a: 1 }), record(4, { a: 1 }), 'elsewhere')).toEqual([]);
    expect(compareRecords(record(0, { a: 1 }), record(4, { a: 2 }), 'elsewhere')).toHaveLength(1);
  });

  it.each([undefined, record(9, null)])('finds what the sink lacks: %o', (stored) => {
    expect(compareRecords(record(5, {}), stored)).toEqual([{ kind: 'missing', source: 5 }]);
  });

  it.each([undefined, record(5, null)])(
    'finds what the sink has too much, the source saying %o',
    (expected) => {
      expect(compareRecords(expected, record(5, {}))).toEqual([{ kind: 'extra', sink: 5 }]);
    },
  );

  it.each([
    [undefined, undefined],
    [undefined, record(7, null)],
    [record(5, null), undefined],
    [record(5, null), record(7, null)],
  ])('takes nothing and a tombstone for the same: %o and %o', (expected, stored) => {
    expect(compareRecords(expected, stored)).toEqual([]);
  });
});
