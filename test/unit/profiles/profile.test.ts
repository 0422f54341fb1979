import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import { RejectError, recordOfDocument } from '../../../services/core/index.ts';
import { PROFILES_SLICE, profileAnswer, toProfile } from '../../../services/profiles/profile.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';

const profile = { username: 'ada', firstName: 'Ada', lastName: 'Lovelace', bio: 'b', avatarUrl: 'https://a' };
const user = {
  _id: new ObjectId(),
  ...profile,
  followerCount: 7,
  createdAt: new Date(0),
  _banyan: { entity: 9, profiles: 5 },
};

describe('toProfile', () => {
  it('takes the profile out of a user, and nothing else', () => {
    expect(toProfile(user)).toEqual(profile);
  });

  it('takes a user without bio and avatar for one with empty ones', () => {
    const { bio: _bio, avatarUrl: _avatarUrl, ...bare } = user;
    expect(toProfile(bare)).toEqual({ ...profile, bio: '', avatarUrl: '' });
  });

  it("gives records the version of the move's slice, which covers exactly the profile's fields", () => {
    expect(recordOfDocument(user, PROFILES_SLICE, toProfile).version).toBe(5);
    expect(Object.keys(toProfile(user) ?? {}).sort()).toEqual(
      [...(userEntity.slices[PROFILES_SLICE] ?? [])].sort(),
    );
  });

  it.each<[string, object]>([
    ['no name', { firstName: undefined }],
    ['a number for a name', { lastName: 7 }],
    ['null for a bio', { bio: null }],
  ])('rejects a user with %s, naming the field', (_what, wrong) => {
    const reject = () => recordOfDocument({ ...user, ...wrong }, PROFILES_SLICE, toProfile);
    expect(reject).toThrow(RejectError);
    expect(reject).toThrow(Object.keys(wrong)[0]);
  });
});

describe('profileAnswer', () => {
  it('answers the fields in one order, whatever order they are stored in', () => {
    const shuffled = Object.fromEntries(Object.entries(profile).reverse()) as typeof profile;
    expect(JSON.stringify(profileAnswer('1', shuffled))).toBe(JSON.stringify({ id: '1', ...profile }));
  });
});
