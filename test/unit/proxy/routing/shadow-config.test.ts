import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { proxyConfigSchema } from '../../../../proxy/routing/proxy-config.ts';

const problemsOf = (shadow: object, route: object = {}): string => {
  const parsed = proxyConfigSchema.safeParse({
    control: { url: 'http://m' },
    routes: { users: { path: '/users', candidate: { url: 'http://c' }, shadow, ...route } },
  });
  return parsed.success ? 'none' : z.prettifyError(parsed.error);
};

describe('the configuration of shadowing', () => {
  it('needs no more than a percentage', () => {
    expect(problemsOf({ percent: 0.5 })).toBe('none');
    expect(problemsOf({})).toContain('routes.users.shadow.percent');
  });

  it.each([
    [{ percent: 101 }, 'routes.users.shadow.percent'],
    [
      { percent: 1, ignore: ['users[].id'] },
      '"users[].id" does not begin with body, as body.users[].name does',
    ],
    [{ percent: 1, ignore: ['body..id'] }, '"body..id" is not a field pattern at character 5'],
    [{ percent: 1, unordered: ['body.users['] }, 'is not a field pattern at character 11'],
    [{ percent: 1, tolerance: [{ path: 'body.a' }] }, 'needs absolute or relativePercent'],
    [{ percent: 1, ranked: [{ path: 'body', top: 0 }] }, 'routes.users.shadow.ranked[0].top'],
    [{ percent: 1, headers: ['a b'] }, 'is a header name'],
    [{ percent: 1, ignored: [] }, 'Unrecognized key: "ignored"'],
  ])('is refused with a reason: %j', (shadow, message) => {
    expect(problemsOf(shadow)).toContain(message);
  });

  it('is for safe routes alone', () => {
    expect(problemsOf({ percent: 1 }, { methods: ['POST'] })).toContain(
      'is for safe routes: a write is sent to one side, once',
    );
    expect(problemsOf({ percent: 1 }, { methods: ['POST'], safe: true })).toBe('none');
  });
});
