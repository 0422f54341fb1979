import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { pino } from 'pino';
import type { Parts } from '../../../monolith/app/parts.ts';
import { deleteUser } from '../../../monolith/app/users/delete-user.ts';
import { finishDeletions } from '../../../monolith/worker/finish-deletions.ts';
import { reconcileFollows } from '../../../monolith/worker/reconcile-follows.ts';
import { VirtualClock } from '../../../services/core/index.ts';
import { type Monolith, type Somebody, startMonolith } from './start-monolith.ts';

jest.setTimeout(30_000);

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

const running = new AbortController().signal;
const addYubls = (author: Somebody, count: number) =>
  monolith.db.collection('yubls').insertMany(
    Array.from({ length: count }, (_, at) => ({
      authorId: new ObjectId(author.id),
      text: `yubl ${at}`,
      createdAt: new Date(),
    })),
  );
const yublsOf = (author: Somebody) =>
  monolith.db.collection('yubls').countDocuments({ authorId: new ObjectId(author.id) });
const tombstones = () => monolith.db.collection('outbox').countDocuments({ event: /"yubl.deleted"/ });
const deletionOf = ({ id }: Somebody) =>
  monolith.db.collection('deletions').findOne({ _id: new ObjectId(id) });
/** The app's parts, whose outbox fails from its `nth` transaction on, as if the process had died there. */
const dyingAt = (nth: number): Parts => {
  let made = 0;
  const transaction: Parts['outbox']['transaction'] = (work, options) => {
    made += 1;
    if (made >= nth) return Promise.reject(new Error('the process died'));
    return monolith.parts.outbox.transaction(work, options);
  };
  return { ...monolith.parts, outbox: { transaction } as Parts['outbox'], logger: pino({ level: 'silent' }) };
};

describe('deleting a user who has very many yubls', () => {
  it('answers after the first of them, and the worker deletes the others, each with its event', async () => {
    const author = await monolith.signUp();
    await addYubls(author, 1_234);
    const before = await tombstones();
    expect(await monolith.call('DELETE', `/users/${author.id}`, { as: author })).toMatchObject({
      status: 204,
    });
    expect(await yublsOf(author)).toBe(734);
    expect(await finishDeletions(monolith.parts, running)).toEqual({ users: 0, removed: 734 });
    expect(await yublsOf(author)).toBe(0);
    expect((await tombstones()) - before).toBe(1_234);
  });

  it('never takes more than a hundred of them in one transaction', async () => {
    const author = await monolith.signUp();
    await addYubls(author, 250);
    await monolith.call('DELETE', `/users/${author.id}`, { as: author });
    // Rows of one transaction are written in one command, so that they share an instant.
    const groups = await monolith.db
      .collection('outbox')
      .aggregate([{ $match: { event: /"yubl.deleted"/ } }, { $sort: { _id: 1 } }])
      .toArray();
    const perInstant = Map.groupBy(groups, ({ createdAt }) => Number(createdAt));
    expect(Math.max(...[...perInstant.values()].map((rows) => rows.length))).toBeLessThanOrEqual(100);
  });
});

describe('a process that dies while it deletes a user', () => {
  it('leaves the user as they were, when it dies in the first transaction', async () => {
    const leaver = await monolith.signUp();
    await addYubls(leaver, 3);
    await expect(deleteUser(dyingAt(1), new ObjectId(leaver.id))).rejects.toThrow('died');
    expect(await monolith.user(leaver.id)).not.toBeNull();
    expect(await yublsOf(leaver)).toBe(3);
    expect(await deletionOf(leaver)).toBeNull();
  });

  it.each([2, 3, 4])(
    'leaves every count right, and the rest to the worker, at transaction %i',
    async (nth) => {
      const leaver = await monolith.signUp();
      const [one, other] = [await monolith.signUp(), await monolith.signUp()];
      const fan = await monolith.signUp();
      for (const followed of [one, other]) {
        await monolith.call('PUT', `/users/${leaver.id}/following/${followed.id}`, { as: leaver });
      }
      await monolith.call('PUT', `/users/${fan.id}/following/${leaver.id}`, { as: fan });
      await addYubls(leaver, 3);

      expect(await deleteUser(dyingAt(nth), new ObjectId(leaver.id))).toBeGreaterThan(leaver.version);
      expect(await monolith.user(leaver.id)).toBeNull();
      for (const followed of [one, other]) {
        const followeeId = new ObjectId(followed.id);
        const followerCount = await monolith.db.collection('follows').countDocuments({ followeeId });
        expect(await monolith.user(followed.id)).toMatchObject({ followerCount });
      }

      await finishDeletions(monolith.parts, running);
      const _id = new ObjectId(leaver.id);
      const theirs = { $or: [{ followerId: _id }, { followeeId: _id }] };
      expect(await monolith.db.collection('follows').countDocuments(theirs)).toBe(0);
      expect(await yublsOf(leaver)).toBe(0);
      for (const followed of [one, other]) {
        expect(await monolith.user(followed.id)).toMatchObject({ followerCount: 0 });
        const key = `${leaver.id}:${followed.id}`;
        expect((await monolith.events(key)).map(({ type }) => type)).toEqual([
          'follow.created',
          'follow.deleted',
        ]);
      }
      expect(await reconcileFollows(monolith.parts)).toEqual({ orphans: 0, corrected: 0 });
    },
  );
});

describe('the worker', () => {
  it('looks again for what a request wrote that was let in before, and then forgets the deletion', async () => {
    const leaver = await monolith.signUp();
    await monolith.call('DELETE', `/users/${leaver.id}`, { as: leaver });
    await finishDeletions(monolith.parts, running);
    await addYubls(leaver, 1);
    expect(await finishDeletions(monolith.parts, running)).toMatchObject({ users: 0, removed: 1 });
    expect(await deletionOf(leaver)).not.toBeNull();

    const clock = new VirtualClock(Date.now() + 11 * 60_000);
    expect((await finishDeletions({ ...monolith.parts, clock }, running)).users).toBeGreaterThan(0);
    expect(await deletionOf(leaver)).toBeNull();
  });

  it('ends between two rounds when it is told to, and goes on later', async () => {
    const leaver = await monolith.signUp();
    await addYubls(leaver, 501);
    await monolith.call('DELETE', `/users/${leaver.id}`, { as: leaver });
    expect(await finishDeletions(monolith.parts, AbortSignal.abort())).toEqual({ users: 0, removed: 0 });
    expect(await yublsOf(leaver)).toBe(1);
    await Promise.all([1, 2].map(() => finishDeletions(monolith.parts, running)));
    expect(await yublsOf(leaver)).toBe(0);
    const keys = await monolith.db.collection('outbox').distinct('key', { event: /"yubl.deleted"/ });
    expect(keys).toHaveLength(await tombstones());
  });
});
