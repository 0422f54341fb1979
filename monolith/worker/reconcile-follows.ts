import type { Db, ObjectId } from 'mongodb';
import type { Outbox } from '../../services/outbox/index.ts';
import { userEntity } from '../../services/profiles/user-entity.ts';
import { type FollowDocument, followEntity } from '../app/follows/follow-entity.ts';
import type { UserDocument } from '../app/users/user-document.ts';

export interface Reconciled {
  /** Follows removed because one of the two users is gone. */
  readonly orphans: number;
  /** Users whose follower count was wrong. */
  readonly corrected: number;
}

/** Follows that one transaction deletes. */
const BATCH = 100;

/**
 * Mends what old scripts left: follows of users who are gone, and counts that are wrong. All of it goes through the
 * outbox. A correction takes its count in the same transaction: a follow that is committed meanwhile conflicts
 * with it on the user, and one of the two runs again.
 */
export const reconcileFollows = async (parts: { db: Db; outbox: Outbox }): Promise<Reconciled> => {
  const orphans = await removeOrphans(parts.db, parts.outbox);
  let corrected = 0;
  for (const userId of await drifted(parts.db)) {
    if (await correct(parts.outbox, userId)) corrected += 1;
  }
  return { orphans, corrected };
};

const removeOrphans = async (db: Db, outbox: Outbox): Promise<number> => {
  const orphans = await db
    .collection<FollowDocument>('follows')
    .aggregate<Pick<FollowDocument, '_id'>>([
      { $lookup: { from: 'users', localField: 'followerId', foreignField: '_id', as: 'follower' } },
      { $lookup: { from: 'users', localField: 'followeeId', foreignField: '_id', as: 'followee' } },
      { $match: { $or: [{ follower: { $size: 0 } }, { followee: { $size: 0 } }] } },
      { $project: { _id: 1 } },
    ])
    .toArray();
  for (let at = 0; at < orphans.length; at += BATCH) {
    await outbox.transaction(async (tx) => {
      for (const { _id } of orphans.slice(at, at + BATCH))
        await tx.delete(followEntity, _id, 'follow.deleted');
    });
  }
  return orphans.length;
};

const drifted = async (db: Db): Promise<ObjectId[]> => {
  const counted = new Map<string, number>();
  const groups = db
    .collection<FollowDocument>('follows')
    .aggregate<{ _id: ObjectId; followers: number }>([
      { $group: { _id: '$followeeId', followers: { $sum: 1 } } },
    ]);
  for await (const { _id, followers } of groups) counted.set(_id.toHexString(), followers);
  const found: ObjectId[] = [];
  const users = db.collection<UserDocument>('users').find({}, { projection: { followerCount: 1 } });
  for await (const { _id, followerCount } of users) {
    if (followerCount !== (counted.get(_id.toHexString()) ?? 0)) found.push(_id);
  }
  return found;
};

const correct = (outbox: Outbox, userId: ObjectId): Promise<boolean> =>
  outbox.transaction(async (tx) => {
    const options = { session: tx.session };
    const user = await tx.db.collection<UserDocument>('users').findOne({ _id: userId }, options);
    const followerCount = await tx.db
      .collection<FollowDocument>('follows')
      .countDocuments({ followeeId: userId }, options);
    if (!user || user.followerCount === followerCount) return false;
    await tx.update(userEntity, userId, { set: { followerCount } }, 'user.follower-count-changed');
    return true;
  });
