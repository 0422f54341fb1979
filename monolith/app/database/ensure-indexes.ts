import type { Db } from 'mongodb';

/** Makes the indexes that the app needs; those that exist cost nothing. The outbox makes its own. */
export const ensureIndexes = async (db: Db): Promise<void> => {
  await db.collection('users').createIndex({ username: 1 }, { unique: true });
  await db
    .collection('sessions')
    .createIndexes([{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }, { key: { userId: 1 } }]);
  await db
    .collection('follows')
    .createIndexes([{ key: { followerId: 1, followeeId: 1 }, unique: true }, { key: { followeeId: 1 } }]);
  await db.collection('yubls').createIndex({ authorId: 1, createdAt: -1, _id: -1 });
  // Transactions wait for a collection that is not there yet: make the last ones now.
  await db.collection('credentials').createIndex({ email: 1 });
  await db.collection('deletions').createIndex({ deletedAt: 1 });
};
