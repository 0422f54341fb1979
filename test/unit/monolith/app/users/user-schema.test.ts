import { describe, expect, it } from '@jest/globals';
import { signUpSchema } from '../../../../../monolith/app/users/user-schema.ts';

const form = {
  username: 'ada.l_1',
  email: 'ada@example.com',
  password: 'notes on the engine',
  firstName: 'Ada',
  lastName: 'Lovelace',
};

describe('signUpSchema', () => {
  it('takes a form without bio and avatar', () => {
    expect(signUpSchema.parse(form)).toEqual({ ...form, bio: '', avatarUrl: '' });
  });

  it('trims names and keeps the lines of a bio', () => {
    const parsed = signUpSchema.parse({ ...form, firstName: ' Ada ', bio: 'one\ntwo' });
    expect(parsed).toMatchObject({ firstName: 'Ada', bio: 'one\ntwo' });
  });

  it('takes the longest of everything', () => {
    const longest = {
      ...form,
      username: 'x'.repeat(30),
      firstName: 'x'.repeat(80),
      lastName: 'y'.repeat(80),
      bio: 'z'.repeat(500),
      avatarUrl: `https://a.example/${'p'.repeat(400)}`,
    };
    expect(signUpSchema.parse(longest)).toEqual(longest);
  });

  it.each<[string, object]>([
    ['a short username', { username: 'ab' }],
    ['a long username', { username: 'x'.repeat(31) }],
    ['capitals in a username', { username: 'Ada' }],
    ['a username with a line after it', { username: 'ada\n' }],
    ['a username with a dollar', { username: '$ada' }],
    ['a username that is an operator', { username: { $gt: '' } }],
    ['a password that is an operator', { password: { $gt: '' } }],
    ['a short password', { password: '1234567' }],
    ['a password that costs much to hash', { password: 'x'.repeat(129) }],
    ['an email that is none', { email: 'ada' }],
    ['an empty first name', { firstName: '' }],
    ['a first name of spaces', { firstName: '   ' }],
    ['a long last name', { lastName: 'x'.repeat(81) }],
    ['a number for a name', { lastName: 7 }],
    ['a control character in a name', { firstName: 'A\u0000da' }],
    ['a line break in a name', { firstName: 'A\nda' }],
    ['half a surrogate pair', { firstName: 'Ada\ud800' }],
    ['a long bio', { bio: 'x'.repeat(501) }],
    ['an avatar that is no URL', { avatarUrl: 'ada.png' }],
    ['an avatar of another scheme', { avatarUrl: 'javascript:alert(1)' }],
    ['an avatar in a file', { avatarUrl: 'file:///etc/passwd' }],
    ['a long avatar', { avatarUrl: `https://a.example/${'p'.repeat(500)}` }],
    ['a field that nobody asked for', { followerCount: 1_000_000 }],
    ['versions', { _banyan: { entity: 1 } }],
  ])('refuses %s', (_what, change) => {
    expect(signUpSchema.safeParse({ ...form, ...change }).success).toBe(false);
  });

  it('refuses a prototype', () => {
    const sly = `${JSON.stringify(form).slice(0, -1)},"__proto__":{"followerCount":9}}`;
    expect(signUpSchema.safeParse(JSON.parse(sly)).success).toBe(false);
  });
});
