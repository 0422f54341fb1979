import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Monolith, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

describe('the app', () => {
  it('says that it is well', async () => {
    expect(await monolith.call('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it.each([
    ['GET', '/'],
    ['GET', '/users'],
    ['PATCH', '/profiles/000000000000000000000000'],
    ['GET', '/search/users?query=a'],
  ])('answers 404 in its own words for %s %s', async (method, path) => {
    expect(await monolith.call(method, path)).toMatchObject({
      status: 404,
      body: { error: { code: 'not-found', message: expect.any(String) } },
    });
  });

  it('answers 400 for a path that cannot be decoded', async () => {
    expect(await monolith.call('GET', '/users/%ff')).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid' } },
    });
  });

  it('says nothing of what it is made of', async () => {
    const { headers } = await monolith.call('GET', '/health');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('has an index for every look-up that is not a search', async () => {
    const keysOf = async (collection: string) =>
      (await monolith.db.collection(collection).indexes()).map(({ key, unique }) => ({ key, unique }));
    expect(await keysOf('users')).toContainEqual({ key: { username: 1 }, unique: true });
    expect(await keysOf('follows')).toContainEqual({ key: { followerId: 1, followeeId: 1 }, unique: true });
    expect(await keysOf('yubls')).toContainEqual({ key: { authorId: 1, createdAt: -1, _id: -1 } });
  });
});
