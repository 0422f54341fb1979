import { Router } from 'express';
import type { Db, ObjectId } from 'mongodb';
import type { FollowDocument } from '../follows/follow-entity.ts';
import type { Parts } from '../parts.ts';
import { authenticate, userOf } from '../sessions/authenticate.ts';
import type { UserDocument } from '../users/user-document.ts';
import type { YublDocument } from '../yubls/yubl-entity.ts';

const LENGTH = 50;

/** The newest yubls of a user and of whom they follow, each with its author. */
export const timelineRouter = (parts: Parts): Router => {
  const router = Router();
  router.get('/', authenticate(parts), async (_request, response) => {
    response.json({ yubls: await timelineOf(parts.db, userOf(response)) });
  });
  return router;
};

const timelineOf = async (db: Db, userId: ObjectId) => {
  const follows = await db
    .collection<FollowDocument>('follows')
    .find({ followerId: userId }, { projection: { _id: 0, followeeId: 1 } })
    .toArray();
  const yubls = await db
    .collection<YublDocument>('yubls')
    .find({ authorId: { $in: [userId, ...follows.map((follow) => follow.followeeId)] } })
    .sort({ createdAt: -1, _id: -1 })
    .limit(LENGTH)
    .toArray();
  const authors = await authorsOf(db, yubls);
  return yubls.flatMap(({ _id, text, createdAt, authorId }) => {
    const author = authors.get(authorId.toHexString());
    // Who has left is not shown, even while the worker still deletes what was theirs.
    return author ? [{ id: _id.toHexString(), text, createdAt: createdAt.toISOString(), author }] : [];
  });
};

const authorsOf = async (db: Db, yubls: readonly YublDocument[]) => {
  const users = await db
    .collection<UserDocument>('users')
    .find({ _id: { $in: yubls.map((yubl) => yubl.authorId) } }, { projection: AUTHOR })
    .toArray();
  return new Map(
    users.map(({ _id, ...rest }) => [_id.toHexString(), { id: _id.toHexString(), ...rest }] as const),
  );
};

const AUTHOR = { username: 1, firstName: 1, lastName: 1, avatarUrl: 1 } as const;
