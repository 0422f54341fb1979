import { describe, expect, it } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import { valueAt } from '../../../../proxy/routing/request-value.ts';
import { stickyKeyOf } from '../../../../proxy/routing/sticky-key.ts';

const token = new UnsecuredJWT({
  sub: 'u1',
  plan: 'beta',
  level: 7,
  admin: true,
  roles: ['a'],
  empty: '',
}).encode();
const bySub = { jwt: { header: 'Authorization', claim: 'sub' } };
const claim = (name: string) => ({ jwt: { header: 'authorization', claim: name } });

describe('a claim of a JSON Web Token', () => {
  it('is read with and without Bearer, whoever signed it, and however long ago', () => {
    const expired = new UnsecuredJWT({ sub: 'u2' }).setExpirationTime(1).encode();
    expect(valueAt(bySub, { authorization: `Bearer ${token}` }, {})).toBe('u1');
    expect(valueAt(bySub, { authorization: `bearer ${token}forged` }, {})).toBe('u1');
    expect(valueAt(bySub, { authorization: token }, {})).toBe('u1');
    expect(valueAt(bySub, { authorization: `Bearer ${expired}` }, {})).toBe('u2');
  });

  it('may stand in a cookie', () => {
    const source = { jwt: { cookie: 'id_token', claim: 'plan' } };
    expect(valueAt(source, { cookie: `a=b; id_token=${token}` }, {})).toBe('beta');
  });

  it('is a text or a number', () => {
    const at = (name: string) => valueAt(claim(name), { authorization: `Bearer ${token}` }, {});
    expect(at('level')).toBe('7');
    for (const name of ['admin', 'roles', 'missing', 'constructor', '__proto__'])
      expect(at(name)).toBeUndefined();
  });

  it.each([
    ['nothing', undefined],
    ['another scheme', 'Basic dTpw'],
    ['an opaque token', 'Bearer abcdef'],
    ['two parts', 'Bearer a.b'],
    ['three parts that are none', 'Bearer a.b.c'],
    ['a payload that is no JSON', `Bearer e30.${Buffer.from('{').toString('base64url')}.`],
    ['a payload that is no object', `Bearer e30.${Buffer.from('"u1"').toString('base64url')}.`],
    ['five parts, encrypted', 'Bearer a.b.c.d.e'],
  ])('leaves the key to the next source when there is %s', (_, authorization) => {
    const headers = { ...(authorization ? { authorization } : {}), 'x-user-id': 'next' };
    const sources = [bySub, { header: 'x-user-id' }];
    expect(stickyKeyOf(headers, {}, { cookieName: 'k', sources })).toEqual({
      key: 'next',
      fromCookie: false,
    });
  });

  it('leaves the key to the next source when it is empty', () => {
    const headers = { authorization: `Bearer ${token}` };
    const sources = [claim('empty'), bySub];
    expect(stickyKeyOf(headers, {}, { cookieName: 'k', sources })?.key).toBe('u1');
  });
});
