import { describe, expect, it } from '@jest/globals';
import { headerIn, headersByName } from '../../../../proxy/forwarding/header-list.ts';

const list = ['ETag', '"1"', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'SET-COOKIE', 'c=3'];

describe('a header list', () => {
  it('is a set of names, in lower case, of which the repeated ones have all their values', () => {
    expect(headersByName(list)).toEqual({ etag: '"1"', 'set-cookie': ['a=1', 'b=2', 'c=3'] });
  });

  it('answers a header by its name, however it is spelt, and joins what is repeated', () => {
    expect(headerIn(list, 'etag')).toBe('"1"');
    expect(headerIn(list, 'set-cookie')).toBe('a=1, b=2, c=3');
    expect(headerIn(list, 'e-tag')).toBeUndefined();
  });
});
