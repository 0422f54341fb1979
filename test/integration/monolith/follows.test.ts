import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { followIdOf } from '../../../monolith/app/follows/follow-entity.ts';
import { documentOf } from '../../../services/core/index.ts';
import { type Monolith, type Somebody, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
let fan: Somebody;
let star: Somebody;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.any(String) } },
});
const follow = (by: Somebody, id: string) =>
  monolith.call('PUT', `/users/${by.id}/following/${id}`, { as: by });
const unfollow = (by: Somebody, id: string) =>
  monolith.call('DELETE', `/users/${by.id}/following/${id}`, { as: by });
const signUpTwo = async () => {
  [fan, star] = [await monolith.signUp(), await monolith.signUp()];
};

describe('following', () => {
  it('counts once, however often it is asked for', async () => {
    await signUpTwo();
    for (const answer of [await follow(fan, star.id), await follow(fan, star.id)]) {
      expect(answer).toMatchObject({ status: 204, body: undefined });
    }
    expect(await monolith.user(star.id)).toMatchObject({ followerCount: 1 });
    const events = await monolith.events(star.id);
    expect(events.map((event) => event.type)).toEqual(['user.created', 'user.follower-count-changed']);
  });

  it('advances the version of the user followed, and not that of their profile', async () => {
    await signUpTwo();
    const before = await monolith.user(star.id);
    await follow(fan, star.id);
    const after = await monolith.user(star.id);
    expect(after?._banyan.entity).toBeGreaterThan(before?._banyan.entity);
    expect(after?._banyan.profiles).toBe(before?._banyan.profiles);
    const [, event] = await monolith.events(star.id);
    expect(event).toMatchObject({ version: String(after?._banyan.entity), data: { followerCount: 1 } });
  });

  it('counts once when it is asked for many times at once', async () => {
    await signUpTwo();
    const answers = await Promise.all(Array.from({ length: 8 }, () => follow(fan, star.id)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(204));
    expect(await monolith.user(star.id)).toMatchObject({ followerCount: 1 });
  });

  it('counts everybody when many follow one at once', async () => {
    await signUpTwo();
    const fans = await Promise.all(Array.from({ length: 8 }, () => monolith.signUp()));
    const answers = await Promise.all(fans.map((one) => follow(one, star.id)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(204));
    expect(await monolith.user(star.id)).toMatchObject({ followerCount: 8 });
    const versions = (await monolith.events(star.id)).map((event) => Number(event.version));
    expect(new Set(versions).size).toBe(9);
  });

  it('counts a user of before the outbox from where the count stands', async () => {
    await signUpTwo();
    const _id = new ObjectId();
    await monolith.db.collection('users').insertOne({ _id, username: 'legacy', followerCount: 41 });
    await follow(fan, _id.toHexString());
    expect(await monolith.user(_id.toHexString())).toMatchObject({
      followerCount: 42,
      _banyan: { entity: expect.any(Number) },
    });
  });

  it('is undone once', async () => {
    await signUpTwo();
    await follow(fan, star.id);
    for (const answer of [await unfollow(fan, star.id), await unfollow(fan, star.id)]) {
      expect(answer).toMatchObject({ status: 204 });
    }
    expect(await monolith.user(star.id)).toMatchObject({ followerCount: 0 });
    expect(await monolith.events(star.id)).toHaveLength(3);
  });

  it('answers 404 for nobody, and leaves no row behind', async () => {
    await signUpTwo();
    for (const id of ['nobody', new ObjectId().toHexString()]) {
      expect(await follow(fan, id)).toMatchObject(refusal(404, 'not-found'));
    }
    const rows = { followerId: new ObjectId(fan.id) };
    expect(await monolith.db.collection('follows').countDocuments(rows)).toBe(0);
  });

  it('answers 400 to who follows themselves', async () => {
    await signUpTwo();
    expect(await follow(fan, fan.id)).toMatchObject(refusal(400, 'invalid'));
  });

  it.each(['PUT', 'DELETE'])('%s is one’s own to do', async (method) => {
    await signUpTwo();
    const path = `/users/${star.id}/following/${fan.id}`;
    expect(await monolith.call(method, path, { as: fan })).toMatchObject(refusal(403, 'forbidden'));
    expect(await monolith.call(method, path)).toMatchObject(refusal(401, 'unauthenticated'));
  });
});

describe('what is published of a follow', () => {
  const ids = () => [new ObjectId(fan.id), new ObjectId(star.id)] as const;

  it('is the whole of it, on the stream follows, under a key made of the pair', async () => {
    await signUpTwo();
    await follow(fan, star.id);
    const [followerId, followeeId] = ids();
    const key = followIdOf(followerId, followeeId);
    const row = await monolith.db.collection('follows').findOne({ followerId });
    expect(row).toEqual({
      _id: key,
      followerId,
      followeeId,
      createdAt: expect.any(Date),
      _banyan: { entity: expect.any(Number) },
    });
    const [event, ...more] = await monolith.events(key);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ type: 'follow.created', subject: key });
    expect(event && documentOf(event)).toEqual(row);
    expect(await monolith.db.collection('outbox').findOne({ key })).toMatchObject({ stream: 'follows' });
  });

  it('goes on under the same key, with higher versions, when it ends and begins again', async () => {
    await signUpTwo();
    await follow(fan, star.id);
    await unfollow(fan, star.id);
    await follow(fan, star.id);
    const events = await monolith.events(followIdOf(...ids()));
    expect(events.map(({ type, deleted }) => [type, deleted])).toEqual([
      ['follow.created', undefined],
      ['follow.deleted', true],
      ['follow.created', undefined],
    ]);
    const versions = events.map(({ version }) => Number(version));
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it('is nothing when nothing changes', async () => {
    await signUpTwo();
    await follow(fan, star.id);
    await follow(fan, star.id);
    await unfollow(fan, star.id);
    await unfollow(fan, star.id);
    expect(await monolith.events(followIdOf(...ids()))).toHaveLength(2);
  });

  it('of before the outbox is its end, under the id that it had', async () => {
    await signUpTwo();
    const [followerId, followeeId] = ids();
    const legacy = { _id: new ObjectId(), followerId, followeeId, createdAt: new Date(0) };
    await monolith.db.collection('follows').insertOne(legacy);
    await monolith.db.collection('users').updateOne({ _id: followeeId }, { $set: { followerCount: 1 } });

    expect(await follow(fan, star.id)).toMatchObject({ status: 204 });
    expect(await monolith.user(star.id)).toMatchObject({ followerCount: 1 });
    expect(await monolith.events(legacy._id.toHexString())).toEqual([]);

    await unfollow(fan, star.id);
    expect(await monolith.user(star.id)).toMatchObject({ followerCount: 0 });
    expect(await monolith.events(legacy._id.toHexString())).toMatchObject([
      { type: 'follow.deleted', deleted: true },
    ]);
    await follow(fan, star.id);
    expect(await monolith.events(followIdOf(followerId, followeeId))).toMatchObject([
      { type: 'follow.created' },
    ]);
  });
});
