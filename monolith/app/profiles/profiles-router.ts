import { Router } from 'express';
import { ENTITY_SLICE, versionOf } from '../../../services/core/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { notFound } from '../http/http-error.ts';
import { idOf, jsonBody, validated } from '../http/validate.ts';
import type { Parts } from '../parts.ts';
import { authenticate, ownOnly, userOf } from '../sessions/authenticate.ts';
import type { UserDocument } from '../users/user-document.ts';
import { deleteOwnUser } from '../users/users-router.ts';
import { profileChangesSchema } from './profile-schema.ts';

/** Profiles: everybody's to read, their owner's to change and, with the user, to delete. */
export const profilesRouter = (parts: Parts): Router => {
  const { db, outbox } = parts;
  const router = Router();

  router.get('/:id', async (request, response) => {
    const id = idOf(request.params.id, 'profile');
    const user = await db.collection<UserDocument>('users').findOne({ _id: id }, { projection: PROFILE });
    if (!user) throw notFound('there is no such profile');
    response.json(profileOf(user));
  });

  router.put('/:id', authenticate(parts), ownOnly, jsonBody, async (request, response) => {
    const changes = validated(profileChangesSchema, request.body, 'body');
    const user = await outbox.transaction((tx) =>
      tx.update(userEntity, userOf(response), { set: changes }, 'user.profile-updated'),
    );
    if (!user) throw notFound('there is no such profile');
    response.json({ ...profileOf(user as unknown as UserDocument), version: versionOf(user, ENTITY_SLICE) });
  });

  router.delete('/:id', authenticate(parts), ownOnly, deleteOwnUser(parts));
  return router;
};

const PROFILE = { username: 1, firstName: 1, lastName: 1, bio: 1, avatarUrl: 1 } as const;

const profileOf = ({ _id, username, firstName, lastName, bio, avatarUrl }: UserDocument) => ({
  id: _id.toHexString(),
  username,
  firstName,
  lastName,
  bio,
  avatarUrl,
});
