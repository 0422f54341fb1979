import type { Db, ObjectId } from 'mongodb';
import type { Clock } from '../../services/core/index.ts';
import type { FollowDocument } from '../app/follows/follow-entity.ts';
import type { UserDocument } from '../app/users/user-document.ts';
import type { YublDocument } from '../app/yubls/yubl-entity.ts';

const DAY_MS = 24 * 3_600_000;

/** What the last 24 hours brought. */
export interface Digest {
  readonly since: string;
  readonly newUsers: number;
  readonly newFollows: number;
  readonly newYubls: number;
  /** Who wrote most; absent when nobody wrote. */
  readonly busiest?: { readonly username: string; readonly yubls: number };
}

/** Sums up the day that ends now. */
export const digestOfTheDay = async ({ db, clock }: { db: Db; clock: Clock }): Promise<Digest> => {
  const since = new Date(clock.nowMs() - DAY_MS);
  const today = { createdAt: { $gte: since } };
  const [newUsers, newFollows, newYubls, busiest] = await Promise.all([
    db.collection<UserDocument>('users').countDocuments(today),
    db.collection<FollowDocument>('follows').countDocuments(today),
    db.collection<YublDocument>('yubls').countDocuments(today),
    busiestAuthor(db, since),
  ]);
  return { since: since.toISOString(), newUsers, newFollows, newYubls, ...(busiest ? { busiest } : {}) };
};

const busiestAuthor = async (db: Db, since: Date): Promise<Digest['busiest']> => {
  const [top] = await db
    .collection<YublDocument>('yubls')
    .aggregate<{ _id: ObjectId; yubls: number }>([
      { $match: { createdAt: { $gte: since } } },
      { $group: { _id: '$authorId', yubls: { $sum: 1 } } },
      { $sort: { yubls: -1, _id: 1 } },
      { $limit: 1 },
    ])
    .toArray();
  const author = top && (await db.collection<UserDocument>('users').findOne({ _id: top._id }));
  return author ? { username: author.username, yubls: top.yubls } : undefined;
};
