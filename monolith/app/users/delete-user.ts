import type { ObjectId } from 'mongodb';
import { ENTITY_SLICE, type Version, versionOf } from '../../../services/core/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { unfollow } from '../follows/follow.ts';
import type { FollowDocument } from '../follows/follow-document.ts';
import { notFound } from '../http/http-error.ts';
import type { Parts } from '../parts.ts';
import type { SessionDocument } from '../sessions/session.ts';
import type { YublDocument } from '../yubls/yubl-entity.ts';
import type { CredentialsDocument } from './user-document.ts';

/**
 * Deletes a user with everything that is theirs, and answers the version of the tombstone. First they unfollow
 * whom they follow, one transaction each, so that a crash in between leaves every follower count right.
 * @throws HttpError 404 when there is no such user (any more).
 */
export const deleteUser = async (parts: Parts, userId: ObjectId): Promise<Version> => {
  const following = parts.db.collection<FollowDocument>('follows').find({ followerId: userId });
  for await (const { followeeId } of following) await unfollow(parts, userId, followeeId);
  return parts.outbox.transaction(async (tx) => {
    const tombstone = await tx.delete(userEntity, userId, 'user.deleted');
    if (!tombstone) throw notFound('there is no such user');
    const { db, session } = tx;
    await db.collection<CredentialsDocument>('credentials').deleteOne({ _id: userId }, { session });
    await db.collection<SessionDocument>('sessions').deleteMany({ userId }, { session });
    await db.collection<FollowDocument>('follows').deleteMany({ followeeId: userId }, { session });
    await db.collection<YublDocument>('yubls').deleteMany({ authorId: userId }, { session });
    return versionOf(tombstone, ENTITY_SLICE);
  });
};
