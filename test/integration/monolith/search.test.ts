import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Monolith, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
  const users = [
    { username: 'mlopez', firstName: 'Maria', lastName: 'López (junior)', followerCount: 3 },
    { username: 'rare.bird', firstName: 'Zelbro', lastName: 'Vinkra', followerCount: 0 },
    { username: 'peter', firstName: 'Peter', lastName: 'O’Maria', followerCount: 9 },
    { username: 'malformed', firstName: 42, lastName: null, followerCount: 0 },
    ...Array.from({ length: 25 }, (_, at) => ({
      username: `smith_${at}`,
      firstName: 'Sam',
      lastName: 'Smith',
      followerCount: at,
    })),
  ];
  await monolith.db.collection('users').insertMany(users);
});
afterAll(() => monolith?.stop());

const search = (query: string) => monolith.call('POST', `/search/users?query=${encodeURIComponent(query)}`);
const usernames = async (query: string): Promise<string[]> => {
  const { status, body } = await search(query);
  expect(status).toBe(200);
  return body.users.map((user: { username: string }) => user.username).sort();
};

describe('user search', () => {
  it('answers users with what a list shows of them', async () => {
    const { body } = await search('mlopez');
    expect(body).toEqual({
      users: [
        {
          id: expect.stringMatching(/^[0-9a-f]{24}$/),
          username: 'mlopez',
          firstName: 'Maria',
          lastName: 'López (junior)',
          followerCount: 3,
        },
      ],
    });
  });

  it('looks into usernames, first names and last names, anywhere in them, whatever the case', async () => {
    expect(await usernames('MARIA')).toEqual(['mlopez', 'peter']);
    expect(await usernames('are.bi')).toEqual(['rare.bird']);
    expect(await usernames('inkr')).toEqual(['rare.bird']);
    expect(await usernames('LÓPEZ')).toEqual(['mlopez']);
  });

  it('ends after twenty', async () => {
    expect(await usernames('smith')).toHaveLength(20);
  });

  it('finds nobody by a name that nobody has', async () => {
    expect(await usernames('quetzalcoatl')).toEqual([]);
  });

  it.each(['.*', '.', '^m', 'a|b', 'mar[i]a', 'm\\w+', '(?s).', 'maria$', '(', '['])(
    'takes %s for the text that it is',
    async (query) => {
      const literally = query === '.' ? ['rare.bird'] : query === '(' ? ['mlopez'] : [];
      expect(await usernames(query)).toEqual(literally);
    },
  );

  it('is not held up by a pattern that never ends', async () => {
    expect(await usernames('(a+)+$')).toEqual([]);
  });

  it.each([
    '',
    '?query=',
    '?query=%20',
    '?query=a&query=b',
    '?query[$ne]=a',
    '?query=a&limit=1000',
    '?query=a%00b',
  ])('answers 400 for %s', async (parameters) => {
    expect(await monolith.call('POST', `/search/users${parameters}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid' } },
    });
  });
});
