import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { followIdOf } from '../../../monolith/app/follows/follow-entity.ts';
import { parseTraceparent } from '../../../services/core/index.ts';
import { type Monolith, type Somebody, startMonolith } from './start-monolith.ts';

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

const traceparentOf = (n: number) => `00-${String(n).padStart(32, 'a')}-b7ad6b7169203331-01`;
const follow = (by: Somebody, whom: Somebody, traceparent: string) =>
  monolith.call('PUT', `/users/${by.id}/following/${whom.id}`, { as: by, headers: { traceparent } });

describe('the trace of a request', () => {
  it('is carried on by every event that it causes', async () => {
    const [fan, star] = [await monolith.signUp(), await monolith.signUp()];
    const traceparent = traceparentOf(1);
    await follow(fan, star, traceparent);
    const key = followIdOf(new ObjectId(fan.id), new ObjectId(star.id));
    for (const one of [key, star.id]) {
      expect((await monolith.events(one)).at(-1)).toMatchObject({ traceparent });
    }
  });

  it('is carried on by every transaction of a deletion', async () => {
    const [leaver, star] = [await monolith.signUp(), await monolith.signUp()];
    await follow(leaver, star, traceparentOf(2));
    const traceparent = traceparentOf(3);
    await monolith.call('DELETE', `/users/${leaver.id}`, { as: leaver, headers: { traceparent } });
    const key = followIdOf(new ObjectId(leaver.id), new ObjectId(star.id));
    for (const one of [key, star.id, leaver.id]) {
      expect((await monolith.events(one)).at(-1)).toMatchObject({ traceparent });
    }
  });

  it('is that request’s own, whatever else is under way', async () => {
    const star = await monolith.signUp();
    const fans = await Promise.all(Array.from({ length: 6 }, () => monolith.signUp()));
    await Promise.all(fans.map((fan, n) => follow(fan, star, traceparentOf(10 + n))));
    for (const [n, fan] of fans.entries()) {
      const [event] = await monolith.events(followIdOf(new ObjectId(fan.id), new ObjectId(star.id)));
      expect(event).toMatchObject({ traceparent: traceparentOf(10 + n) });
    }
  });

  it.each([undefined, 'nonsense', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])(
    'begins here when the request brings %s',
    async (traceparent) => {
      const somebody = await monolith.signUp();
      await monolith.call('POST', '/yubls', {
        as: somebody,
        body: { text: 'hi' },
        ...(traceparent && { headers: { traceparent } }),
      });
      const row = await monolith.db.collection('outbox').findOne({ stream: 'yubls' }, { sort: { _id: -1 } });
      expect(parseTraceparent(JSON.parse(row?.event).traceparent)).toMatchObject({ isSampled: false });
    },
  );
});
