import type { ObjectId } from 'mongodb';
import type { EntityDefinition } from '../../../services/core/index.ts';

/** A follow: made and ended, never changed. Nothing takes a part of it over, so it has no slice but the whole. */
export const followEntity: EntityDefinition = {
  name: 'follow',
  collection: 'follows',
  stream: 'follows',
  slices: {},
};

/** That one user follows another; there is at most one row for a pair. */
export interface FollowDocument {
  /** As `followIdOf` makes it; follows of before the outbox have one that says nothing. */
  _id: string | ObjectId;
  followerId: ObjectId;
  followeeId: ObjectId;
  createdAt: Date;
}

/**
 * A pair's id. Whoever follows again after having unfollowed makes the same key again, above the floor that the
 * deletion left (law 2): its events stay in one order, on one shard, and a late tombstone cannot end a follow that
 * was made after it. A random id would make two keys, whose events pass each other.
 */
export const followIdOf = (followerId: ObjectId, followeeId: ObjectId): string =>
  `${followerId.toHexString()}:${followeeId.toHexString()}`;
