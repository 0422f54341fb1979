import type { ObjectId } from 'mongodb';

/** That one user follows another; there is at most one row for a pair. */
export interface FollowDocument {
  _id: ObjectId;
  followerId: ObjectId;
  followeeId: ObjectId;
  createdAt: Date;
}
