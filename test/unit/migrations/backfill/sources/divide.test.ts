import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evenParts, partitionsPerBracket } from '../../../../../migrations/backfill/sources/divide.ts';

describe('dividing a source', () => {
  it('gives each type of id partitions in proportion to its documents, and at least one', () => {
    expect(partitionsPerBracket([0, 750, 250, 1], 16)).toEqual([1, 12, 4, 1]);
  });

  it('gives an empty source one partition per type', () => {
    expect(partitionsPerBracket([0, 0], 16)).toEqual([1, 1]);
  });

  it('makes no more partitions than documents', () => {
    expect(partitionsPerBracket([3], 16)).toEqual([3]);
  });

  it('cuts into parts that differ by at most one and leave nothing out', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 1_000 }), (documents, parts) => {
        const sizes = evenParts(documents, parts);
        expect(sizes).toHaveLength(parts);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(documents);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
