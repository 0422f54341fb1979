import { describe, expect, it } from '@jest/globals';
import { cookieValue, setCookieOf, withoutCookie } from '../../../../proxy/routing/cookie-header.ts';

describe('the Cookie header', () => {
  it.each([
    ['a=1', 'a', '1'],
    ['a=1; b=2', 'b', '2'],
    ['b=1;a=2', 'a', '2'],
    ['a=1; a=2', 'a', '1'],
    ['xa=1; a = 2 ', 'a', '2'],
    ['a==', 'a', '='],
    ['a; b=1', 'b', '1'],
    ['a', 'a', undefined],
    ['', 'a', undefined],
    [undefined, 'a', undefined],
    [';;; a=1', 'a', '1'],
  ])('%j has %s = %j', (header, name, value) => {
    expect(cookieValue(header, name)).toBe(value);
  });

  it.each([
    ['k=1', undefined],
    ['a=1; k=2; b=3', 'a=1; b=3'],
    ['k=1; k=2', undefined],
    ['a=1', 'a=1'],
    ['ak=1; k2=2', 'ak=1; k2=2'],
  ])('%j without k is %j', (header, rest) => {
    expect(withoutCookie(header, 'k')).toBe(rest);
  });

  it('issues a cookie that scripts and other sites do not get', () => {
    expect(setCookieOf('abc', { name: 'banyan_key', secure: true, maxAgeDays: 2 })).toBe(
      'banyan_key=abc; Max-Age=172800; Path=/; HttpOnly; SameSite=Lax; Secure',
    );
    expect(setCookieOf('abc', { name: 'k', secure: false, maxAgeDays: 1 })).not.toContain('Secure');
  });
});
