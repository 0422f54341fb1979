import { describe, expect, it } from '@jest/globals';
import type { KeySource } from '../../../../proxy/routing/request-value.ts';
import { freshKey, isCredential, keyOf, stickyKeyOf } from '../../../../proxy/routing/sticky-key.ts';

const sources: KeySource[] = [{ header: 'X-User-Id' }, { cookie: 'session' }, { param: 'id' }];
const keyFrom = (headers: { [name: string]: string }, params: { [name: string]: string } = {}) =>
  stickyKeyOf(headers, params, { cookieName: 'banyan_key', sources });

describe('the sticky key', () => {
  it("is the one in Banyan's own cookie, whatever else the request carries", () => {
    const headers = { cookie: 'a=b; banyan_key=k1; session=s', 'x-user-id': 'u1' };
    expect(keyFrom(headers, { id: '7' })).toEqual({ key: 'k1', fromCookie: true });
  });

  it("is that of the route's first source with a value", () => {
    expect(keyFrom({ 'x-user-id': 'u1', cookie: 'session=s' })).toEqual({ key: 'u1', fromCookie: false });
    expect(keyFrom({ 'x-user-id': '' }, { id: '7' })).toEqual({ key: '7', fromCookie: false });
  });

  it('is decoded when it comes from the path', () => {
    expect(keyFrom({}, { id: 'a%7Eb' })?.key).toBe('a~b');
  });

  it('is missing when no source has one', () => {
    expect(keyFrom({}, {})).toBeUndefined();
  });

  it.each(['', 'has space', 'a"b', 'x'.repeat(65), 'ü'])(
    'is not taken from our cookie when its form is wrong: %j',
    (value) => {
      expect(keyFrom({ cookie: `banyan_key=${value}`, 'x-user-id': 'u1' })).toEqual({
        key: 'u1',
        fromCookie: false,
      });
    },
  );

  it('never shows a credential', () => {
    const key = keyFrom({ cookie: 'session=top-secret' })?.key ?? '';
    expect(key).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(key).not.toContain('secret');
    expect(keyFrom({ cookie: 'session=top-secret' })?.key).toBe(key);
    expect(keyFrom({ cookie: 'session=top-secreT' })?.key).not.toBe(key);
  });

  it.each([
    [{ header: 'Authorization' }, true],
    [{ header: 'x-api-key' }, true],
    [{ header: 'X-Session-Id' }, true],
    [{ cookie: 'anything' }, true],
    [{ header: 'x-user-id' }, false],
    [{ param: 'id' }, false],
  ])('counts %j as a credential: %p', (source, credential) => {
    expect(isCredential(source)).toBe(credential);
  });

  it('hashes what would not fit a cookie, and it keeps the form', () => {
    for (const value of ['ann@example.org', 'a;b', 'x'.repeat(1_000)])
      expect(keyOf(value, false)).toMatch(/^[\w-]{22}$/);
  });

  it('is fresh each time for a request without one, and of a form that comes back', () => {
    const key = freshKey();
    expect(freshKey()).not.toBe(key);
    expect(keyFrom({ cookie: `banyan_key=${key}` })).toEqual({ key, fromCookie: true });
  });
});
