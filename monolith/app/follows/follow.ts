import { MongoServerError, type ObjectId } from 'mongodb';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { notFound } from '../http/http-error.ts';
import type { Parts } from '../parts.ts';
import type { FollowDocument } from './follow-document.ts';

const DUPLICATE_KEY = 11_000;

/**
 * Makes one user follow another and counts it; a second time changes nothing.
 * @throws HttpError 404 when there is nobody to follow.
 */
export const follow = async (
  { outbox, clock }: Parts,
  followerId: ObjectId,
  followeeId: ObjectId,
): Promise<void> => {
  const createdAt = new Date(clock.nowMs());
  try {
    await outbox.transaction(async (tx) => {
      const { upsertedCount } = await tx.db
        .collection<FollowDocument>('follows')
        .updateOne(
          { followerId, followeeId },
          { $setOnInsert: { createdAt } },
          { upsert: true, session: tx.session },
        );
      if (upsertedCount === 0) return;
      const change = { inc: { followerCount: 1 } };
      const followee = await tx.update(userEntity, followeeId, change, 'user.follower-count-changed');
      if (!followee) throw notFound('there is no such user');
    });
  } catch (thrown) {
    // The same follow was committed since this transaction's snapshot: it is done, and counted, already.
    if (!(thrown instanceof MongoServerError && thrown.code === DUPLICATE_KEY)) throw thrown;
  }
};

/** Makes one user follow another no longer, and counts it; without effect when it is so already. */
export const unfollow = ({ outbox }: Parts, followerId: ObjectId, followeeId: ObjectId): Promise<void> =>
  outbox.transaction(async (tx) => {
    const { deletedCount } = await tx.db
      .collection<FollowDocument>('follows')
      .deleteOne({ followerId, followeeId }, { session: tx.session });
    if (deletedCount === 0) return;
    const change = { inc: { followerCount: -1 } };
    await tx.update(userEntity, followeeId, change, 'user.follower-count-changed');
  });
