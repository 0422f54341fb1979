import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import { recordOfDocument } from '../../../../services/core/index.ts';
import {
  toFoundUser,
  toSearchDocument,
  userSearchDomainFields,
} from '../../../../services/search/user-search-document.ts';

const _id = new ObjectId('65f0c0ffee65f0c0ffee0001');
const user = { _id, username: 'ada', firstName: 'Ada', lastName: 'Lovelace', followerCount: 7, bio: 'x' };
const state = { username: 'ada', first_name: 'Ada', last_name: 'Lovelace', followers: 7 };

describe('toSearchDocument', () => {
  it('keeps the names and the followers, and nothing else', () => {
    expect(toSearchDocument(user)).toEqual(state);
  });

  it('names fields of the domain alone', () => {
    const known = userSearchDomainFields.map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(Object.keys(state)));
    expect(new Set(known).size).toBe(known.length);
  });

  it.each([
    ['a name that is a number', { firstName: 42 }, 'firstName'],
    ['a name that is null', { lastName: null }, 'lastName'],
    ['no username', { username: undefined }, 'username'],
    ['an empty username', { username: '' }, 'username'],
    ['half a follower', { followerCount: 0.5 }, 'followerCount'],
    ['fewer than no followers', { followerCount: -1 }, 'followerCount'],
  ])('rejects %s, by field and with the key', (_, damage, field) => {
    expect(() => recordOfDocument({ ...user, ...damage }, 'entity', toSearchDocument)).toThrow(
      expect.objectContaining({
        code: 'rejected',
        message: expect.stringMatching(new RegExp(`65f0c0ffee65f0c0ffee0001.*${field}`, 's')),
      }),
    );
  });
});

describe('toFoundUser', () => {
  it("gives back the monolith's names", () => {
    expect(toFoundUser({ key: 'k', score: 1, state })).toEqual({
      id: 'k',
      username: 'ada',
      firstName: 'Ada',
      lastName: 'Lovelace',
      followerCount: 7,
    });
  });
});
