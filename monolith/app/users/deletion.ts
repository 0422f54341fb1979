import type { Collection, Db, ObjectId } from 'mongodb';

/**
 * That a user was deleted, and that what is theirs may be left: the worker deletes it. Whoever deletes a user adds
 * the row in the same transaction, the profiles service too.
 */
export interface DeletionDocument {
  /** The user's. */
  _id: ObjectId;
  deletedAt: Date;
}

export const deletionsOf = (db: Db): Collection<DeletionDocument> =>
  db.collection<DeletionDocument>('deletions');
