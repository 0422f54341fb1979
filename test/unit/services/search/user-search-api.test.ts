import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryIndex } from '../../../../services/search/memory-index.ts';
import { answerUserSearch } from '../../../../services/search/user-search-api.ts';
import {
  type UserSearchDocument,
  userSearchRanking,
} from '../../../../services/search/user-search-document.ts';

let index: MemoryIndex<UserSearchDocument>;
beforeEach(async () => {
  index = new MemoryIndex({ ranking: userSearchRanking });
  await index.write(
    Array.from({ length: 60 }, (_, n) => ({
      key: `k${n}`,
      version: 1,
      state: { username: `user_${n}`, first_name: 'Maria', last_name: 'Silva', followers: n },
    })),
  );
});
const ask = async (parameters?: { [name: string]: string }) => {
  const answer = await answerUserSearch(parameters, index);
  return { ...answer, body: JSON.parse(answer.body ?? '') };
};

describe('answerUserSearch', () => {
  it('answers users as the monolith does, the popular ones first', async () => {
    const { statusCode, body } = await ask({ query: ' maria ' });
    expect(statusCode).toBe(200);
    expect(body.users).toHaveLength(20);
    expect(body.users[0]).toEqual({
      id: 'k59',
      username: 'user_59',
      firstName: 'Maria',
      lastName: 'Silva',
      followerCount: 59,
    });
  });

  it('answers as many as asked for', async () => {
    expect((await ask({ query: 'maria', limit: '3' })).body.users).toHaveLength(3);
  });

  it('answers nobody to a query without words', async () => {
    expect(await ask({ query: '***' })).toMatchObject({ statusCode: 200, body: { users: [] } });
  });

  it.each([
    ['no query', {}, 'query.query: is required'],
    ['a blank query', { query: '  ' }, 'query.query: is required'],
    ['a query that is too long', { query: 'x'.repeat(81) }, 'query.query: has at most 80 characters'],
    ['a control character', { query: 'a\u0007b' }, 'query.query: has a control character'],
    ['half a character', { query: 'a\ud800b' }, 'query.query: has a control character'],
    ['no results at all', { query: 'x', limit: '0' }, 'query.limit'],
    ['too many results', { query: 'x', limit: '51' }, 'query.limit'],
    ['a limit that is no number', { query: 'x', limit: 'all' }, 'query.limit'],
  ])('refuses %s', async (_, parameters, message) => {
    const { statusCode, body } = await ask(parameters as { [name: string]: string });
    expect(statusCode).toBe(400);
    expect(body).toEqual({ error: { code: 'invalid', message: expect.stringContaining(message) } });
  });

  it('refuses a request without any parameters', async () => {
    expect(await ask(undefined)).toMatchObject({ statusCode: 400 });
  });
});
