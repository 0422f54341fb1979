import { Router } from 'express';
import type { Db, ObjectId } from 'mongodb';
import { z } from 'zod';
import { unauthenticated } from '../http/http-error.ts';
import { jsonBody, validated } from '../http/validate.ts';
import type { Parts } from '../parts.ts';
import type { CredentialsDocument, UserDocument } from '../users/user-document.ts';
import { authenticate, sessionOf } from './authenticate.ts';
import { verifyPassword } from './password.ts';
import { type SessionDocument, startSession } from './session.ts';

const signInSchema = z.strictObject({ username: z.string().max(30), password: z.string().max(128) });

/** Signing in and out. */
export const sessionsRouter = (parts: Parts): Router => {
  const { db, clock } = parts;
  const router = Router();

  router.post('/', jsonBody, async (request, response) => {
    const { username, password } = validated(signInSchema, request.body, 'body');
    const userId = await signedInUser(db, username, password);
    const token = await startSession({ db, clock, userId });
    response.status(201).json({ token, userId: userId.toHexString() });
  });

  router.delete('/', authenticate(parts), async (_request, response) => {
    await db.collection<SessionDocument>('sessions').deleteOne({ _id: sessionOf(response)._id });
    response.status(204).end();
  });

  return router;
};

/** @throws HttpError 401, after the same time whether it is the username or the password that is wrong. */
const signedInUser = async (db: Db, username: string, password: string): Promise<ObjectId> => {
  const user = await db
    .collection<UserDocument>('users')
    .findOne({ username: { $eq: username } }, { projection: { _id: 1 } });
  const credentials =
    user && (await db.collection<CredentialsDocument>('credentials').findOne({ _id: user._id }));
  const right = await verifyPassword(password, credentials?.passwordHash);
  if (!user || !right) throw unauthenticated('the username or the password is wrong');
  return user._id;
};
