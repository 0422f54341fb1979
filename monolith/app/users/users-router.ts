import { type RequestHandler, Router } from 'express';
import { followsRouter } from '../follows/follows-router.ts';
import { notFound } from '../http/http-error.ts';
import { idOf, jsonBody, validated } from '../http/validate.ts';
import type { Parts } from '../parts.ts';
import { authenticate, ownOnly, userOf } from '../sessions/authenticate.ts';
import { deleteUser } from './delete-user.ts';
import { signUp } from './sign-up.ts';
import type { UserDocument } from './user-document.ts';
import { signUpSchema } from './user-schema.ts';

/** Signing up, looking somebody up, following, and leaving. */
export const usersRouter = (parts: Parts): Router => {
  const { db } = parts;
  const router = Router();

  router.post('/', jsonBody, async (request, response) => {
    const form = validated(signUpSchema, request.body, 'body');
    response.status(201).json(await signUp(parts, form));
  });

  router.get('/:id', async (request, response) => {
    const id = idOf(request.params.id, 'user');
    const user = await db.collection<UserDocument>('users').findOne({ _id: id }, { projection: PUBLIC });
    if (!user) throw notFound('there is no such user');
    const { _id, ...rest } = user;
    response.json({ id: _id.toHexString(), ...rest });
  });

  router.delete('/:id', authenticate(parts), ownOnly, deleteOwnUser(parts));
  router.use('/:id/following', followsRouter(parts));
  return router;
};

/** Deletes the signed-in user, answering the tombstone's version in `x-entity-version`. */
export const deleteOwnUser =
  (parts: Parts): RequestHandler =>
  async (_request, response) => {
    const version = await deleteUser(parts, userOf(response));
    response.status(204).set('x-entity-version', String(version)).end();
  };

const PUBLIC = { username: 1, firstName: 1, lastName: 1, followerCount: 1 } as const;
