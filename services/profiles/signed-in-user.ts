import { createHash } from 'node:crypto';
import type { Db, ObjectId } from 'mongodb';
import { unauthenticated } from './refusal.ts';

const BEARER = /^Bearer ([A-Za-z0-9_-]{20,100})$/i;

/** A session as the monolith stores it: only the SHA-256 of its token, in hex. */
interface SessionDocument {
  readonly _id: string;
  readonly userId: ObjectId;
  readonly expiresAt: Date;
}

/**
 * Whose session an `authorization` header proves.
 * @throws Refusal 401 when it proves none.
 */
export const signedInUser = async (
  db: Db,
  authorization: string | undefined,
  nowMs: number,
): Promise<ObjectId> => {
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (!token) throw unauthenticated();
  const session = await db.collection<SessionDocument>('sessions').findOne({
    _id: createHash('sha256').update(token).digest('hex'),
    // A TTL index removes the row only some time after.
    expiresAt: { $gt: new Date(nowMs) },
  });
  if (!session) throw unauthenticated();
  return session.userId;
};
