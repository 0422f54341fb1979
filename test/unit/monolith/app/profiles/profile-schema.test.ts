import { describe, expect, it } from '@jest/globals';
import { profileChangesSchema } from '../../../../../monolith/app/profiles/profile-schema.ts';

describe('profileChangesSchema', () => {
  it.each([
    [{ firstName: 'Ada' }],
    [{ lastName: 'King', bio: '' }],
    [{ avatarUrl: '' }],
    [{ avatarUrl: 'http://a.example/a.png' }],
  ])('takes %j', (changes) => {
    expect(profileChangesSchema.parse(changes)).toEqual(changes);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['no object', undefined],
    ['a list', []],
    ['the username', { username: 'ada' }],
    ['the id', { bio: 'x', _id: 'y' }],
    ['a null', { bio: null }],
    ['an operator', { bio: { $unset: 1 } }],
    ['an empty name', { firstName: ' ' }],
  ])('refuses %s', (_what, changes) => {
    expect(profileChangesSchema.safeParse(changes).success).toBe(false);
  });
});
