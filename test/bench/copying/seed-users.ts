import { randomUUID } from 'node:crypto';
import { type Db, type Document, MongoClient, ObjectId } from 'mongodb';

const PER_INSERT = 5_000;

/** The same user for the same number, whoever asks. */
export const userOf = (n: number): Document & { readonly _id: ObjectId } => ({
  _id: ObjectId.createFromHexString(n.toString(16).padStart(24, '0')),
  username: `user-${n}`,
  firstName: 'First',
  lastName: `Last ${n}`,
  bio: 'Writes about everything and nothing, mostly nothing. '.repeat(7),
  avatarUrl: `https://example.com/avatars/${n}.png`,
  followerCount: n % 1_000,
  createdAt: new Date(1_700_000_000_000 + n),
  _banyan: { entity: 1_700_000_000_000_000 + n, profiles: 1_700_000_000_000_000 + n },
});

/** So many users, about 670 bytes each. */
export const insertUsers = async (db: Db, users: number): Promise<void> => {
  for (let from = 0; from < users; from += PER_INSERT) {
    const length = Math.min(PER_INSERT, users - from);
    await db.collection('users').insertMany(Array.from({ length }, (_, n) => userOf(from + n)));
  }
};

/** Runs `work` with a database of so many users (about 670 bytes each), and drops it afterwards. */
export const withUsers = async <T>(
  mongoUri: string,
  users: number,
  work: (database: string) => Promise<T>,
): Promise<T> => {
  const client = new MongoClient(mongoUri);
  const database = `bench_${randomUUID().slice(0, 8)}`;
  const db = client.db(database);
  try {
    await insertUsers(db, users);
    return await work(database);
  } finally {
    await db.dropDatabase();
    await client.close();
  }
};
