import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { documentOf } from '../../../services/core/index.ts';
import { type Monolith, PASSWORD, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.any(String) } },
});

describe('signing up', () => {
  const form = {
    username: 'grace',
    email: 'grace@example.com',
    password: PASSWORD,
    firstName: 'Grace',
    lastName: 'Hopper',
    bio: 'Found the first bug.',
    avatarUrl: 'https://img.example.com/grace.png',
  };

  it('stores the user with versions, an event with the whole of it, and the credentials apart', async () => {
    const answer = await monolith.call('POST', '/users', { body: form });
    expect(answer).toMatchObject({
      status: 201,
      body: { id: expect.stringMatching(/^[0-9a-f]{24}$/), token: expect.stringMatching(/^[\w-]{43}$/) },
    });
    const { id, version } = answer.body;
    const user = await monolith.user(id);
    const { email, password, ...profile } = form;
    expect(user).toEqual({
      _id: new ObjectId(id),
      ...profile,
      followerCount: 0,
      createdAt: expect.any(Date),
      _banyan: { entity: version, profiles: expect.any(Number) },
    });
    const [event, ...more] = await monolith.events(id);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ type: 'user.created', version: String(version), source: '/monolith' });
    expect(event && documentOf(event)).toEqual(user);
    expect(await monolith.db.collection('credentials').findOne({ _id: new ObjectId(id) })).toEqual({
      _id: new ObjectId(id),
      email,
      passwordHash: expect.stringMatching(/^scrypt:16384:8:1:/),
    });
  });

  it('keeps nothing of the token but its SHA-256', async () => {
    const { id, token } = await monolith.signUp();
    const session = await monolith.db.collection('sessions').findOne({ userId: new ObjectId(id) });
    expect(session?._id).toBe(createHash('sha256').update(token).digest('hex'));
    expect(JSON.stringify(session)).not.toContain(token);
    const daysLeft = (session?.expiresAt.getTime() - Date.now()) / 86_400_000;
    expect(Math.round(daysLeft)).toBe(30);
  });

  it('lets MongoDB remove sessions that have expired', async () => {
    const indexes = await monolith.db.collection('sessions').indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
  });

  it('answers 409 for a username that is somebody’s', async () => {
    const { username } = await monolith.signUp();
    const answer = await monolith.call('POST', '/users', { body: { ...form, username } });
    expect(answer).toMatchObject(refusal(409, 'username-taken'));
  });

  it('lets one of two win who race for a username, and leaves nothing of the other', async () => {
    for (const username of ['racer_1', 'racer_2', 'racer_3']) {
      const answers = await Promise.all(
        [1, 2].map(() => monolith.call('POST', '/users', { body: { ...form, username } })),
      );
      expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
      const lost = answers.find((answer) => answer.status === 409);
      expect(lost).toMatchObject(refusal(409, 'username-taken'));
      expect(await monolith.db.collection('users').countDocuments({ username })).toBe(1);
    }
    const created = await monolith.db.collection('outbox').countDocuments({ event: /"racer_\d"/ });
    expect(created).toBe(3);
    const users = await monolith.db.collection('users').countDocuments();
    expect(await monolith.db.collection('credentials').countDocuments()).toBe(users);
    expect(await monolith.db.collection('sessions').countDocuments()).toBe(users);
  });

  it.each<[string, unknown]>([
    ['an operator for the username', { ...form, username: { $gt: '' } }],
    ['an operator for the password', { ...form, password: { $gt: '' } }],
    ['a missing name', { ...form, lastName: undefined }],
    ['a field nobody asked for', { ...form, followerCount: 9 }],
    ['broken JSON', '{'],
    ['nothing', undefined],
  ])('answers 400 for %s', async (_what, body) => {
    expect(await monolith.call('POST', '/users', { body })).toMatchObject(refusal(400, 'invalid'));
  });

  it('answers 413 for a body over 16 KiB', async () => {
    const body = { ...form, bio: 'x'.repeat(17_000) };
    expect(await monolith.call('POST', '/users', { body })).toMatchObject(refusal(413, 'too-large'));
  });

  it('takes a dollar for a dollar', async () => {
    const { id } = await monolith.signUp({ firstName: '$lastName', bio: '$$NOW' });
    expect(await monolith.user(id)).toMatchObject({ firstName: '$lastName', bio: '$$NOW' });
  });
});

describe('looking somebody up', () => {
  it('answers what is public', async () => {
    const { id, username } = await monolith.signUp();
    expect(await monolith.call('GET', `/users/${id}`)).toMatchObject({ status: 200 });
    expect((await monolith.call('GET', `/users/${id}`)).body).toEqual({
      id,
      username,
      firstName: 'Ada',
      lastName: 'Lovelace',
      followerCount: 0,
    });
  });

  it.each(['me', new ObjectId().toHexString()])('answers 404 for %s', async (id) => {
    expect(await monolith.call('GET', `/users/${id}`)).toMatchObject(refusal(404, 'not-found'));
  });
});

describe('deleting oneself', () => {
  it('takes along everything of the user’s, and puts right whom they followed', async () => {
    const [leaver, followed, fan] = [
      await monolith.signUp(),
      await monolith.signUp(),
      await monolith.signUp(),
    ];
    await monolith.call('PUT', `/users/${leaver.id}/following/${followed.id}`, { as: leaver });
    await monolith.call('PUT', `/users/${fan.id}/following/${leaver.id}`, { as: fan });
    await monolith.call('POST', '/yubls', { as: leaver, body: { text: 'so long' } });
    expect(await monolith.user(followed.id)).toMatchObject({ followerCount: 1 });

    const answer = await monolith.call('DELETE', `/users/${leaver.id}`, { as: leaver });
    expect(answer).toMatchObject({ status: 204, body: undefined });
    const _id = new ObjectId(leaver.id);
    const { db } = monolith;
    expect(await monolith.user(leaver.id)).toBeNull();
    expect(await db.collection('credentials').findOne({ _id })).toBeNull();
    expect(await db.collection('sessions').countDocuments({ userId: _id })).toBe(0);
    expect(await db.collection('yubls').countDocuments({ authorId: _id })).toBe(0);
    const theirs = { $or: [{ followerId: _id }, { followeeId: _id }] };
    expect(await db.collection('follows').countDocuments(theirs)).toBe(0);
    expect(await monolith.user(followed.id)).toMatchObject({ followerCount: 0 });
    const events = await monolith.events(followed.id);
    expect(events.slice(-2)).toMatchObject([
      { type: 'user.follower-count-changed', data: { followerCount: 1 } },
      { type: 'user.follower-count-changed', data: { followerCount: 0 } },
    ]);
  });

  it('publishes the end of each of their follows and yubls', async () => {
    const [leaver, followed, fan] = [
      await monolith.signUp(),
      await monolith.signUp(),
      await monolith.signUp(),
    ];
    await monolith.call('PUT', `/users/${leaver.id}/following/${followed.id}`, { as: leaver });
    await monolith.call('PUT', `/users/${fan.id}/following/${leaver.id}`, { as: fan });
    const { body } = await monolith.call('POST', '/yubls', { as: leaver, body: { text: 'so long' } });
    await monolith.call('DELETE', `/users/${leaver.id}`, { as: leaver });
    for (const key of [`${leaver.id}:${followed.id}`, `${fan.id}:${leaver.id}`]) {
      expect((await monolith.events(key)).at(-1)).toMatchObject({ type: 'follow.deleted', deleted: true });
    }
    expect((await monolith.events(body.id)).at(-1)).toMatchObject({ type: 'yubl.deleted', deleted: true });
  });

  it('leaves a tombstone with the version that was answered', async () => {
    const leaver = await monolith.signUp();
    const answer = await monolith.call('DELETE', `/users/${leaver.id}`, { as: leaver });
    const version = answer.headers.get('x-entity-version');
    expect(Number(version)).toBeGreaterThan(leaver.version);
    const [, event] = await monolith.events(leaver.id);
    expect(event).toMatchObject({ type: 'user.deleted', deleted: true, subject: leaver.id, version });
  });

  it('ends the sessions', async () => {
    const leaver = await monolith.signUp();
    await monolith.call('DELETE', `/users/${leaver.id}`, { as: leaver });
    const again = await monolith.call('DELETE', `/users/${leaver.id}`, { as: leaver });
    expect(again).toMatchObject(refusal(401, 'unauthenticated'));
  });

  it('is for oneself', async () => {
    const [one, other] = [await monolith.signUp(), await monolith.signUp()];
    const answer = await monolith.call('DELETE', `/users/${other.id}`, { as: one });
    expect(answer).toMatchObject(refusal(403, 'forbidden'));
    expect(await monolith.call('DELETE', `/users/${other.id}`)).toMatchObject(
      refusal(401, 'unauthenticated'),
    );
    expect(await monolith.user(other.id)).not.toBeNull();
  });
});
