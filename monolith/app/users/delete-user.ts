import type { ObjectId } from 'mongodb';
import { ENTITY_SLICE, type Version, versionOf } from '../../../services/core/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { notFound } from '../http/http-error.ts';
import type { Parts } from '../parts.ts';
import type { SessionDocument } from '../sessions/session.ts';
import { deletionsOf } from './deletion.ts';
import { removeBelongings } from './remove-belongings.ts';
import type { CredentialsDocument } from './user-document.ts';

/** Follows and yubls that are deleted while the client waits: a second's work or so. */
const AT_ONCE = 500;

/**
 * Deletes a user and answers the version of the tombstone. One transaction ends the user, their credentials and
 * their sessions, and notes that what is theirs must go: follows and yubls, which may be too many for a
 * transaction, or for a request. The first of them go now, and the worker sees to what is left.
 * @throws HttpError 404 when there is no such user (any more).
 */
export const deleteUser = async (parts: Parts, userId: ObjectId): Promise<Version> => {
  const deletedAt = new Date(parts.clock.nowMs());
  const version = await parts.outbox.transaction(async (tx) => {
    const tombstone = await tx.delete(userEntity, userId, 'user.deleted');
    if (!tombstone) throw notFound('there is no such user');
    const { db, session } = tx;
    await db.collection<CredentialsDocument>('credentials').deleteOne({ _id: userId }, { session });
    await db.collection<SessionDocument>('sessions').deleteMany({ userId }, { session });
    await deletionsOf(db).updateOne({ _id: userId }, { $set: { deletedAt } }, { session, upsert: true });
    return versionOf(tombstone, ENTITY_SLICE);
  });
  try {
    await removeBelongings(parts, userId, { limit: AT_ONCE });
  } catch (err) {
    // The user is deleted, and to be told so; the row in `deletions` keeps the worker at it.
    parts.logger.warn({ err }, 'what was theirs is left to the worker');
  }
  return version;
};
