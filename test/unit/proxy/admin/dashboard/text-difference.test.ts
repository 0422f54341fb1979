import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differingParts } from '../../../../../proxy/admin/dashboard/text-difference.js';

describe('the parts in which two texts differ', () => {
  it('lie between what both begin and end with', () => {
    expect(differingParts('"Ann Lee"', '"Ann Leigh"')).toEqual([
      ['"Ann Le', 'e', '"'],
      ['"Ann Le', 'igh', '"'],
    ]);
  });

  it('are empty where the texts are equal, or one has only more of the same', () => {
    expect(differingParts('aa', 'aa')).toEqual([
      ['aa', '', ''],
      ['aa', '', ''],
    ]);
    expect(differingParts('aa', 'aaa')).toEqual([
      ['aa', '', ''],
      ['aa', 'a', ''],
    ]);
  });

  it('make up the whole texts again, whatever these are', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(differingParts(one, other).map((parts) => parts.join(''))).toEqual([one, other]);
      }),
    );
  });
});
