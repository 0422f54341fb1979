import { describe, expect, it } from '@jest/globals';
import { pathFault, pathOf } from '../../../../proxy/forwarding/canonical-path.ts';

describe('pathFault', () => {
  it.each([
    '/',
    '/users/1',
    '/users/1/',
    '/users/1?q=../..//%2f#'.slice(0, -1),
    '/users/a%20b',
    '/caf%C3%A9',
    "/a-b_c.d~e!$&'()*+,;=:@",
    '/.well-known/x',
    '/a..b/...',
    '/100%25',
  ])('finds none in %s', (target) => {
    expect(pathFault(target)).toBeUndefined();
  });

  it.each([
    ['', 'no path'],
    ['http://evil/users/1', 'absolute form'],
    ['*', 'asterisk form'],
    ['evil:443', 'authority form'],
    ['//evil/users/1', 'an empty first segment'],
    ['/users//1', 'an empty segment'],
    ['/users/1//', 'empty segments at the end'],
    ['/x/../users/1', 'a segment ..'],
    ['/x/..', 'a last segment ..'],
    ['/x/./y', 'a segment .'],
    ['/x/.', 'a last segment .'],
    ['/x/..;a=b/y', 'a segment .. with parameters'],
    ['/x/%2e%2e/users', 'encoded dots'],
    ['/x/.%2E/users', 'a half-encoded ..'],
    ['/x%2fy', 'an encoded slash'],
    ['/x%2Fy', 'an encoded slash'],
    ['/x%5cy', 'an encoded backslash'],
    ['/x\\y', 'a backslash'],
    ['/x%00', 'an encoded NUL'],
    ['/x\u0000', 'a NUL'],
    ['/x%0d%0aSet-Cookie:a', 'encoded line ends'],
    ['/x%7f', 'an encoded DEL'],
    ['/x%', 'a lone %'],
    ['/x%zz', 'a bad escape'],
    ['/x%ff', 'an escape that is not UTF-8'],
    ['/x#y', 'a fragment'],
    ['/x?y#z', 'a fragment'],
    ['/x y', 'a space'],
    ['/café', 'raw UTF-8'],
  ])('finds one in %j: %s', (target) => {
    expect(pathFault(target)).toEqual(expect.any(String));
  });
});

describe('pathOf', () => {
  it.each([
    ['/a?b?c', '/a'],
    ['/a', '/a'],
    ['/?', '/'],
  ])('takes the query off %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});
