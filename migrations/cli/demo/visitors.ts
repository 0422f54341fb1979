import type { Db, ObjectId } from 'mongodb';
import type { Call } from './http-client.ts';

interface User {
  readonly _id: ObjectId;
  readonly username: string;
  readonly firstName: string;
}

/** Seeded users whom the writers sign in as, and may delete; nobody reads these. */
export const ACTORS = 20;
const RARE_EVERY = 10;

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
 * What visitors ask: a profile; a search, mostly for a first name (which the monolith finds soon, since it stops
 * at 20) and sometimes for one person (for whom it reads everybody).
 */
export const visitorRequests = async (db: Db): Promise<{ readonly [route: string]: (n: number) => Call }> => {
  const users = await someUsers(db, ACTORS, 5_000);
  const user = (n: number): User => users[n % users.length] as User;
  return {
    search: (n) => {
      const { username, firstName } = user(n);
      const query = n % RARE_EVERY === 0 ? username : firstName;
      return { method: 'POST', path: `/search/users?query=${encodeURIComponent(query)}` };
    },
    profiles: (n) => ({ method: 'GET', path: `/profiles/${user(n)._id.toHexString()}` }),
  };
};
