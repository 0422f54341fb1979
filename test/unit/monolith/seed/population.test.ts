import { describe, expect, it } from '@jest/globals';
import { bioSchema, nameSchema, usernameSchema } from '../../../../monolith/app/users/user-schema.ts';
import { malformedUsers } from '../../../../monolith/seed/malformed.ts';
import { followsOf } from '../../../../monolith/seed/popularity.ts';
import { population } from '../../../../monolith/seed/population.ts';
import { yublsOf } from '../../../../monolith/seed/yubls.ts';

const USERS = 5_000;
const users = population(USERS);
const follows = [...followsOf(users)];

const countsOf = (values: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

describe('the seeded population', () => {
  it('is the same every time', () => {
    expect(population(USERS)).toEqual(users);
  });

  it('could have signed up through the app', () => {
    for (const { username, firstName, lastName, bio } of users) {
      usernameSchema.parse(username);
      expect([nameSchema.parse(firstName), nameSchema.parse(lastName)]).toEqual([firstName, lastName]);
      bioSchema.parse(bio);
    }
  });

  it('has no version, no id twice and no username twice', () => {
    expect(users.some((user) => '_banyan' in user)).toBe(false);
    expect(new Set(users.map((user) => user.username)).size).toBe(USERS);
    expect(new Set(users.map((user) => user._id.toHexString())).size).toBe(USERS);
  });

  it('has common last names and last names of a single user', () => {
    const counts = [...countsOf(users.map((user) => user.lastName)).values()];
    expect(Math.max(...counts)).toBeGreaterThan(USERS * 0.05);
    expect(counts.filter((count) => count === 1).length).toBeGreaterThan(USERS * 0.01);
  });

  it('is followed by Zipf’s law', () => {
    const counts = users.map((user) => user.followerCount).sort((a, b) => b - a);
    expect(counts.slice(0, 5)).toEqual([500, 250, 166, 125, 100]);
  });

  it.each([0, 1, 2, 100, 7_919])('of %d users is followed as often as it says, by others, once', (size) => {
    const some = population(size);
    const rows = [...followsOf(some)];
    const counts = countsOf(rows.map((row) => row.followeeId.toHexString()));
    for (const user of some) expect(counts.get(user._id.toHexString()) ?? 0).toBe(user.followerCount);
    expect(rows.some((row) => row.followerId.equals(row.followeeId))).toBe(false);
    expect(new Set(rows.map((row) => `${row.followerId}${row.followeeId}`)).size).toBe(rows.length);
  });

  it('has follows and yubls in the thousands for tens of thousands of users', () => {
    expect(follows.length).toBeGreaterThan(USERS / 2);
    expect([...yublsOf(users)].length).toBe(USERS * 0.15);
  });
});

describe('malformedUsers', () => {
  it('have a field each that no reader can take', () => {
    const damaged = malformedUsers(9);
    expect(damaged).toHaveLength(9);
    for (const { username, firstName, lastName } of damaged) {
      expect([username, firstName, lastName].every((value) => typeof value === 'string')).toBe(false);
    }
  });

  it('stay apart by username, since the index is unique', () => {
    expect(new Set(malformedUsers(50).map((user) => String(user.username))).size).toBe(50);
  });
});
