import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../../../migrations/verify/canonical-json.ts';

/** JSON, with its fields in another order. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([field, inner]) => [field, reversed(inner)]));
};

describe('the canonical text of a value', () => {
  it('is the same for any order of fields', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => canonicalJson(value) === canonicalJson(reversed(value))),
    );
  });

  it('is the same for two values of JSON if, and only if, they are equal', () => {
    const normal = (value: unknown) => JSON.parse(JSON.stringify(value));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const isEqual = JSON.stringify(sorted(normal(a))) === JSON.stringify(sorted(normal(b)));
        return (canonicalJson(a) === canonicalJson(b)) === isEqual;
      }),
    );
  });

  it.each([
    [{ a: undefined }, {}],
    [{ a: { b: undefined, c: 1 } }, { a: { c: 1 } }],
    [-0, 0],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [12n, 12],
    [new Set(['a', 'b']), new Set(['b', 'a'])],
    [Buffer.from('ab'), new Uint8Array([97, 98])],
    [new Map([['a', 1]]), { a: 1 }],
  ])('takes %o and %o for the same', (a, b) => {
    expect(canonicalJson(a)).toBe(canonicalJson(b));
  });

  it.each([
    ['1', 1],
    ['', null],
    [{}, []],
    [{ a: null }, {}],
    ['a","b', ['a', 'b']],
    [new Set(['a']), ['a']],
    [new Set(['a']), new Set(['b'])],
    [Buffer.from('ab'), Buffer.from('ac')],
    [Buffer.from('ab'), 'YWI='],
    [true, 'true'],
  ])('tells %o from %o', (a, b) => {
    expect(canonicalJson(a)).not.toBe(canonicalJson(b));
  });
});

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([field, inner]) => [`field ${field}`, sorted(inner)]).concat([['an object', 1]]);
};
