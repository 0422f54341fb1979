import { MongoServerError, type ObjectId } from 'mongodb';
import type { OutboxTransaction } from '../../../services/outbox/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { notFound } from '../http/http-error.ts';
import type { Parts } from '../parts.ts';
import { type FollowDocument, followEntity, followIdOf } from './follow-entity.ts';

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
  const _id = followIdOf(followerId, followeeId);
  const createdAt = new Date(clock.nowMs());
  try {
    await outbox.transaction(async (tx) => {
      if (await existing(tx, followerId, followeeId)) return;
      await tx.create(followEntity, { _id, followerId, followeeId, createdAt }, 'follow.created');
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
export const unfollow = (
  { outbox }: Pick<Parts, 'outbox'>,
  followerId: ObjectId,
  followeeId: ObjectId,
): Promise<void> =>
  outbox.transaction(async (tx) => {
    const row = await existing(tx, followerId, followeeId);
    if (!row || !(await tx.delete(followEntity, row._id, 'follow.deleted'))) return;
    const change = { inc: { followerCount: -1 } };
    await tx.update(userEntity, followeeId, change, 'user.follower-count-changed');
  });

/** By the pair, and not by its id: follows of before the outbox have another. */
const existing = (tx: OutboxTransaction, followerId: ObjectId, followeeId: ObjectId) =>
  tx.db
    .collection<FollowDocument>('follows')
    .findOne({ followerId, followeeId }, { session: tx.session, projection: { _id: 1 } });
