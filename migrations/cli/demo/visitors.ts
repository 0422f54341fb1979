import type { Db, ObjectId } from 'mongodb';
import type { Call } from './http-client.ts';

interface User {
  readonly _id: ObjectId;
  readonly username: string;
  readonly firstName: string;
}

/** Seeded users whom the writers sign in as, and may delete; nobody reads these. */
export const ACTORS = 20;
const PERSON_EVERY = 50;
const COMMON_NAMES = 8;

/** Some users of the example, in the order of their ids. */
export const someUsers = (db: Db, skip: number, limit: number): Promise<User[]> =>
  db
    .collection<User>('users')
    .find({}, { projection: { username: 1, firstName: 1 } })
    .sort({ _id: 1 })
    .skip(skip)
    .limit(limit)
    .toArray();

/**
 * What visitors ask: a profile; a search, mostly for a common first name (which the monolith finds soon, since it
 * stops at 20 matches) and sometimes for one person (for whom it reads everybody).
 */
export const visitorRequests = async (db: Db): Promise<{ readonly [route: string]: (n: number) => Call }> => {
  const users = await someUsers(db, ACTORS, 5_000);
  const names = commonFirst(users.map((user) => user.firstName)).slice(0, COMMON_NAMES);
  const user = (n: number): User => users[n % users.length] as User;
  return {
    search: (n) => {
      const query = n % PERSON_EVERY === 0 ? user(n).username : (names[n % names.length] ?? '');
      return { method: 'POST', path: `/search/users?query=${encodeURIComponent(query)}` };
    },
    profiles: (n) => ({ method: 'GET', path: `/profiles/${user(n)._id.toHexString()}` }),
  };
};

/** The distinct values, the most frequent first. */
const commonFirst = (values: readonly string[]): string[] => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
};
