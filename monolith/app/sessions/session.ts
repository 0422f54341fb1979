import { createHash, randomBytes } from 'node:crypto';
import type { ClientSession, Db, ObjectId } from 'mongodb';
import type { Clock } from '../../../services/core/index.ts';

/** How long a session lasts. */
const SESSION_LIFE_MS = 30 * 24 * 3_600_000;

export interface SessionDocument {
  /** The SHA-256 of the token, in hex: whoever reads the collection can sign in as nobody. */
  _id: string;
  userId: ObjectId;
  /** A TTL index removes the row some time after; until then readers go by this. */
  expiresAt: Date;
}

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Starts a session, in a transaction where one is given, and answers its token, which is stored nowhere. */
export const startSession = async (options: {
  db: Db;
  clock: Clock;
  userId: ObjectId;
  session?: ClientSession;
}): Promise<string> => {
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(options.clock.nowMs() + SESSION_LIFE_MS);
  await options.db
    .collection<SessionDocument>('sessions')
    .insertOne(
      { _id: hashToken(token), userId: options.userId, expiresAt },
      options.session ? { session: options.session } : {},
    );
  return token;
};
