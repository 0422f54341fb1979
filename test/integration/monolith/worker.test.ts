import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { digestOfTheDay } from '../../../monolith/worker/digest.ts';
import { reconcileFollows } from '../../../monolith/worker/reconcile-follows.ts';
import { type Monolith, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

const setCount = (id: string, followerCount: number) =>
  monolith.db.collection('users').updateOne({ _id: new ObjectId(id) }, { $set: { followerCount } });

describe('reconciling follows', () => {
  it('corrects counts that have drifted, through the outbox, and leaves the others alone', async () => {
    const [fan, star, other] = [await monolith.signUp(), await monolith.signUp(), await monolith.signUp()];
    await monolith.call('PUT', `/users/${fan.id}/following/${star.id}`, { as: fan });
    await setCount(star.id, 17);
    await setCount(other.id, 3);
    const before = await monolith.user(star.id);

    expect(await reconcileFollows(monolith.parts)).toEqual({ orphans: 0, corrected: 2 });
    const after = await monolith.user(star.id);
    expect(after).toMatchObject({ followerCount: 1 });
    expect(after?._banyan.entity).toBeGreaterThan(before?._banyan.entity);
    expect(after?._banyan.profiles).toBe(before?._banyan.profiles);
    expect((await monolith.events(star.id)).at(-1)).toMatchObject({
      type: 'user.follower-count-changed',
      data: { followerCount: 1 },
    });
    expect(await monolith.user(other.id)).toMatchObject({ followerCount: 0 });
    expect(await monolith.events(fan.id)).toHaveLength(1);
    expect(await reconcileFollows(monolith.parts)).toEqual({ orphans: 0, corrected: 0 });
  });

  it('removes follows of users who are gone, and takes them out of the counts', async () => {
    const star = await monolith.signUp();
    await monolith.db.collection('follows').insertOne({
      followerId: new ObjectId(),
      followeeId: new ObjectId(star.id),
      createdAt: new Date(),
    });
    await setCount(star.id, 1);
    expect(await reconcileFollows(monolith.parts)).toEqual({ orphans: 1, corrected: 1 });
    expect(await monolith.user(star.id)).toMatchObject({ followerCount: 0 });
  });
});

describe('the digest of the day', () => {
  it('sums up what the last 24 hours brought, and no more', async () => {
    const { db, parts } = monolith;
    for (const name of ['users', 'follows', 'yubls']) await db.collection(name).deleteMany({});
    const writer = await monolith.signUp();
    await monolith.call('POST', '/yubls', { as: writer, body: { text: 'one' } });
    await monolith.call('POST', '/yubls', { as: writer, body: { text: 'two' } });
    const longAgo = new Date(Date.now() - 25 * 3_600_000);
    await db.collection('yubls').insertOne({ authorId: new ObjectId(), text: 'old', createdAt: longAgo });
    expect(await digestOfTheDay(parts)).toEqual({
      since: expect.any(String),
      newUsers: 1,
      newFollows: 0,
      newYubls: 2,
      busiest: { username: writer.username, yubls: 2 },
    });
  });
});
