import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redacted, shown } from '../../../../proxy/shadow/redact.ts';

describe('a redacted value', () => {
  it.each([
    ['Ann.Lee+x@example.com', 'Aaa.Aaa+a@aaaaaaa.aaa'],
    ['2026-01-02T03:04:05Z', '0000-00-00A00:00:00A'],
    ['Ærø 北京 ٣', 'Aaa aa 0'],
    [-12.5, '-00.0'],
    [true, true],
    [null, null],
    [undefined, null],
    [[1, 2], '[2 elements]'],
    [{ secret: 1 }, '{1 fields}'],
    ['x'.repeat(70), `${'a'.repeat(60)}… (70 characters)`],
  ])('is the shape of %j', (value, shape) => {
    expect(redacted(value)).toBe(shape);
  });

  it('has no letter and no digit of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        expect(String(redacted(text))).not.toMatch(/[^\P{L}aA]|[^\P{N}0]/u);
      }),
    );
  });

  it('is bounded where it may be shown', () => {
    expect(shown({ a: 1 })).toEqual({ a: 1 });
    expect(String(shown('y'.repeat(99)))).toHaveLength(61);
    expect(shown(undefined)).toBeNull();
  });
});
