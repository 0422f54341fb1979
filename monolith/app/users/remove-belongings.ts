import type { Filter, ObjectId } from 'mongodb';
import type { EntityDefinition } from '../../../services/core/index.ts';
import { unfollow } from '../follows/follow.ts';
import { type FollowDocument, followEntity } from '../follows/follow-entity.ts';
import type { Parts } from '../parts.ts';
import { type YublDocument, yublEntity } from '../yubls/yubl-entity.ts';

/** Rows that one transaction deletes: far below MongoDB's 60 seconds, and short enough to meet few others. */
const BATCH = 100;

/** What deleting needs of the app's parts. */
export type DeletingParts = Pick<Parts, 'db' | 'outbox'>;

/**
 * Deletes the follows and yubls of a user who is gone, each with its event, and answers how many. It takes many
 * small transactions, each of which leaves every follower count right, so that it may end anywhere and be done
 * again, by two at once as well. It stops once it has deleted `limit` or a few more.
 */
export const removeBelongings = async (
  parts: DeletingParts,
  userId: ObjectId,
  { limit }: { limit: number },
): Promise<number> => {
  let removed = await unfollowAll(parts, userId, limit);
  const rest = [
    { entity: followEntity, filter: { followeeId: userId }, type: 'follow.deleted' },
    { entity: yublEntity, filter: { authorId: userId }, type: 'yubl.deleted' },
  ];
  for (const kind of rest) {
    while (removed < limit) {
      const batch = await removeBatch(parts, kind);
      if (batch === 0) break;
      removed += batch;
    }
  }
  return removed;
};

/** One transaction each, since it counts at somebody else's: whoever has many followers is busy. */
const unfollowAll = async (parts: DeletingParts, userId: ObjectId, limit: number): Promise<number> => {
  const following = parts.db
    .collection<FollowDocument>('follows')
    .find({ followerId: userId }, { projection: { followeeId: 1 }, limit });
  let removed = 0;
  for await (const { followeeId } of following) {
    await unfollow(parts, userId, followeeId);
    removed += 1;
  }
  return removed;
};

interface Kind {
  readonly entity: EntityDefinition;
  readonly filter: Filter<FollowDocument & YublDocument>;
  readonly type: string;
}

/** How many it found; somebody else may have deleted them meanwhile. */
const removeBatch = async (
  { db, outbox }: DeletingParts,
  { entity, filter, type }: Kind,
): Promise<number> => {
  const rows = await db
    .collection<FollowDocument & YublDocument>(entity.collection)
    .find(filter, { projection: { _id: 1 }, limit: BATCH })
    .toArray();
  if (rows.length === 0) return 0;
  await outbox.transaction(async (tx) => {
    for (const { _id } of rows) await tx.delete(entity, _id, type);
  });
  return rows.length;
};
