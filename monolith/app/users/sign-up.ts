import { MongoServerError, ObjectId } from 'mongodb';
import { ENTITY_SLICE, type Version, versionOf } from '../../../services/core/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { HttpError } from '../http/http-error.ts';
import type { Parts } from '../parts.ts';
import { hashPassword } from '../sessions/password.ts';
import { startSession } from '../sessions/session.ts';
import type { CredentialsDocument, UserDocument } from './user-document.ts';
import type { SignUp } from './user-schema.ts';

const DUPLICATE_KEY = 11_000;

export interface SignedUp {
  readonly id: string;
  readonly token: string;
  readonly version: Version;
}

/**
 * Creates a user with credentials and a first session: all of them or nothing.
 * @throws HttpError 409 when the username is somebody's.
 */
export const signUp = async ({ db, outbox, clock }: Parts, form: SignUp): Promise<SignedUp> => {
  const { email, password, ...profile } = form;
  await refuseTakenUsername(db, form.username);
  const passwordHash = await hashPassword(password);
  const user: UserDocument = {
    _id: new ObjectId(),
    ...profile,
    followerCount: 0,
    createdAt: new Date(clock.nowMs()),
  };
  try {
    return await outbox.transaction(async (tx) => {
      const stored = await tx.create(userEntity, { ...user }, 'user.created');
      await tx.db
        .collection<CredentialsDocument>('credentials')
        .insertOne({ _id: user._id, email, passwordHash }, { session: tx.session });
      const token = await startSession({ db: tx.db, clock, userId: user._id, session: tx.session });
      return { id: user._id.toHexString(), token, version: versionOf(stored, ENTITY_SLICE) };
    });
  } catch (thrown) {
    throw isTakenUsername(thrown) ? usernameTaken() : thrown;
  }
};

/** Spares the cost of a password hash; the unique index is what decides. */
const refuseTakenUsername = async (db: Parts['db'], username: string): Promise<void> => {
  const taken = await db
    .collection<UserDocument>('users')
    .findOne({ username: { $eq: username } }, { projection: { _id: 1 } });
  if (taken) throw usernameTaken();
};

const usernameTaken = () => new HttpError(409, 'username-taken', 'the username is somebody else’s');

const isTakenUsername = (thrown: unknown): boolean =>
  thrown instanceof MongoServerError &&
  thrown.code === DUPLICATE_KEY &&
  'username' in (thrown.keyPattern ?? {});
