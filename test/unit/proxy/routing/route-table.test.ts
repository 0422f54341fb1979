import { describe, expect, it } from '@jest/globals';
import { proxyConfigSchema } from '../../../../proxy/routing/proxy-config.ts';
import { RouteTable } from '../../../../proxy/routing/route-table.ts';
import { UsageError } from '../../../../services/core/index.ts';

type RouteInput = { path: string; methods?: string[]; rewrite?: string; url?: string; key?: object[] };

const configOf = (routes: { [name: string]: RouteInput }) =>
  proxyConfigSchema.safeParse({
    control: { url: 'http://monolith' },
    routes: Object.fromEntries(
      Object.entries(routes).map(([name, { rewrite, url = 'http://candidate', ...route }]) => [
        name,
        { ...route, candidate: { url, ...(rewrite ? { rewrite } : {}) } },
      ]),
    ),
  });

const tableOf = (routes: { [name: string]: RouteInput }): RouteTable => {
  const parsed = configOf(routes);
  if (!parsed.success) throw parsed.error;
  return new RouteTable(parsed.data.routes);
};

const problemsOf = (routes: { [name: string]: RouteInput }): string[] =>
  configOf(routes).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

describe('RouteTable', () => {
  const table = tableOf({
    profiles: { path: '/profiles/:id' },
    me: { path: '/profiles/me' },
    search: { path: '/search/users', methods: ['POST'] },
    files: { path: '/files/*path' },
    optional: { path: '/lists{/:list}/items' },
  });
  const nameAt = (method: string, path: string) => table.match(method, path)?.route.name;

  it.each([
    ['GET', '/profiles/1', 'profiles'],
    ['HEAD', '/profiles/1', 'profiles'],
    ['GET', '/profiles/me', 'me'],
    ['POST', '/search/users', 'search'],
    ['GET', '/files/a', 'files'],
    ['GET', '/files/a/b/c.png', 'files'],
    ['GET', '/lists/items', 'optional'],
    ['GET', '/lists/7/items', 'optional'],
  ])('matches %s %s to %s', (method, path, name) => {
    expect(nameAt(method, path)).toBe(name);
  });

  it.each([
    ['POST', '/profiles/1', 'another method'],
    ['GET', '/search/users', 'another method'],
    ['GET', '/profiles', 'a missing parameter'],
    ['GET', '/profiles/', 'an empty parameter'],
    ['GET', '/profiles/1/', 'a trailing slash'],
    ['GET', '/Profiles/1', 'another letter case'],
    ['GET', '/profilesX', 'a longer word'],
    ['GET', '/profiles/1/friends', 'a longer path'],
    ['GET', '/files', 'an empty wildcard'],
    ['GET', '/files/', 'an empty wildcard'],
    ['GET', '/', 'the root'],
  ])('leaves %s %s to the control: %s', (method, path) => {
    expect(nameAt(method, path)).toBeUndefined();
  });

  it('hands parameters on as they were encoded', () => {
    expect(table.match('GET', '/profiles/a%20b')?.params).toEqual({ id: 'a%20b' });
    expect(table.match('GET', '/files/a/b%3F')?.params).toEqual({ path: 'a/b%3F' });
  });

  it('goes back from a branch that led nowhere, and leaves its parameters behind', () => {
    const crossing = tableOf({ one: { path: '/x/:y/c' }, other: { path: '/:area/b/d' } });
    expect(crossing.match('GET', '/x/b/d')).toMatchObject({
      route: { name: 'other' },
      params: { area: 'x' },
    });
    expect(crossing.match('GET', '/x/b/c')).toMatchObject({ route: { name: 'one' }, params: { y: 'b' } });
  });

  it('keeps a path apart from the names of built-in properties', () => {
    expect(nameAt('GET', '/__proto__')).toBeUndefined();
    expect(nameAt('constructor', '/profiles/1')).toBeUndefined();
  });

  it.each([
    [{ path: '/profiles/:id' }, '/profiles/7', '/profiles/7'],
    [{ path: '/profiles/:id', url: 'http://c/v1/' }, '/profiles/7', '/v1/profiles/7'],
    [{ path: '/profiles/:id', url: 'http://c/v1', rewrite: '/:id' }, '/profiles/a%20b', '/v1/a%20b'],
    [{ path: '/search/users', rewrite: '/' }, '/search/users', '/'],
    [{ path: '/files/*path', rewrite: '/f/*path' }, '/files/a/b', '/f/a/b'],
  ])('asks the candidate of %j for %s as %s', (route, path, expected) => {
    const match = tableOf({ it: route }).match('GET', path);
    expect(match?.route.candidatePath(path, match.params)).toBe(expected);
  });

  it('looks up one of a thousand routes by the length of its path, not by their number', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, at) => [`r${at}`, { path: `/api/r${at}/:id` }]),
    );
    expect(tableOf(many).match('GET', '/api/r999/1')?.route.name).toBe('r999');
  });

  it.each([
    ['the same pattern', '/a/:b', '/a/:c'],
    ['patterns that cross', '/a/:b', '/:a/b'],
    ['an optional part that meets another route', '/a{/:b}', '/a'],
    ['a wildcard that crosses', '/x/*rest', '/:a/y'],
  ])('names both routes of a conflict: %s', (_, one, other) => {
    expect(problemsOf({ one: { path: one }, other: { path: other } })).toEqual([
      expect.stringMatching(/^routes\.other\.path: conflicts with route "one"/),
    ]);
  });

  it.each([
    ['different methods', { path: '/a', methods: ['GET'] }, { path: '/a', methods: ['POST'] }],
    ['a narrower pattern', { path: '/a/me' }, { path: '/a/:id' }],
    ['a wildcard beside a parameter', { path: '/a/:b' }, { path: '/a/*b' }],
    ['different lengths', { path: '/a/:b' }, { path: '/a/:b/c' }],
  ])('finds no conflict in %s', (_, one, other) => {
    expect(problemsOf({ one, other })).toEqual([]);
  });

  it.each([
    [{ path: '/a/:b-c' }, 'routes.r.path: "b" must fill a whole segment'],
    [{ path: '/a/*b/c' }, 'routes.r.path: a wildcard can only end the path'],
    [{ path: '/a//b' }, 'routes.r.path: an empty segment'],
    [{ path: '/a/:' }, 'routes.r.path: Missing parameter name'],
    [{ path: '/a?b' }, 'routes.r.path: Unexpected ?'],
    [{ path: '/a/:b', rewrite: '/:c' }, 'routes.r.candidate.rewrite: /a/:b has no parameter "c"'],
    [{ path: '/a{/:b}', rewrite: '/:b' }, 'routes.r.candidate.rewrite: /a{/:b} has no parameter "b"'],
    [{ path: '/a/:b', rewrite: '/x{/:b}' }, 'routes.r.candidate.rewrite: a rewrite has no optional parts'],
    [{ path: '/a/:b', key: [{ param: 'c' }] }, 'routes.r.key.0.param: /a/:b has no parameter "c"'],
  ])('says what is wrong with %j', (route, problem) => {
    expect(problemsOf({ r: route })).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });

  it('refuses what a configuration check would have refused', () => {
    const { routes } = proxyConfigSchema.parse({ control: { url: 'http://m' }, routes: {} });
    const route = { ...tableOf({ a: { path: '/a' } }).routes[0]?.config };
    expect(() => new RouteTable({ ...routes, a: route, b: route } as never)).toThrow(UsageError);
  });
});
