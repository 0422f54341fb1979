import { Router } from 'express';
import { invalid, notFound } from '../http/http-error.ts';
import { idOf } from '../http/validate.ts';
import type { Parts } from '../parts.ts';
import { authenticate, ownOnly, userOf } from '../sessions/authenticate.ts';
import type { UserDocument } from '../users/user-document.ts';
import { follow, unfollow } from './follow.ts';

/** `/users/:id/following`: whom a user follows. */
export const followsRouter = (parts: Parts): Router => {
  const router = Router({ mergeParams: true });
  router.use(authenticate(parts), ownOnly);

  router.put('/:otherId', async (request, response) => {
    const followeeId = idOf(request.params.otherId, 'user');
    if (followeeId.equals(userOf(response))) throw invalid('nobody follows themselves');
    const followee = await parts.db
      .collection<UserDocument>('users')
      .findOne({ _id: followeeId }, { projection: { _id: 1 } });
    if (!followee) throw notFound('there is no such user');
    await follow(parts, userOf(response), followeeId);
    response.status(204).end();
  });

  router.delete('/:otherId', async (request, response) => {
    await unfollow(parts, userOf(response), idOf(request.params.otherId, 'user'));
    response.status(204).end();
  });

  return router;
};
