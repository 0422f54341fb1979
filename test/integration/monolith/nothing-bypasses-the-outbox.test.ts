import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { followEntity } from '../../../monolith/app/follows/follow-entity.ts';
import { yublEntity } from '../../../monolith/app/yubls/yubl-entity.ts';
import { finishDeletions } from '../../../monolith/worker/finish-deletions.ts';
import { reconcileFollows } from '../../../monolith/worker/reconcile-follows.ts';
import { clusterNow } from '../../../services/outbox/changes/cluster-now.ts';
import { MongoChangeFeed } from '../../../services/outbox/changes/mongo-change-feed.ts';
import { MongoPositionStore } from '../../../services/outbox/changes/mongo-position-store.ts';
import {
  MongoUnexplainedStore,
  UnexplainedWatch,
  watchView,
} from '../../../services/outbox/unexplained/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { type Monolith, type Somebody, startMonolith } from './start-monolith.ts';

jest.setTimeout(30_000);

const ENTITIES = [userEntity, followEntity, yublEntity];

let monolith: Monolith;
beforeAll(async () => {
  monolith = await startMonolith();
});
afterAll(() => monolith?.stop());

/** Watches what is written while `work` runs; answers how many writes it saw, and those that nothing explains. */
const watchedDuring = async (work: () => Promise<void>) => {
  const { db, parts } = monolith;
  const collections = ENTITIES.map(({ collection }) => collection);
  const positions = new MongoPositionStore({ db });
  const store = new MongoUnexplainedStore({ db });
  await store.prepare();
  const name = `watch-${new ObjectId()}`;
  const feed = new MongoChangeFeed({ db, name, view: watchView(db, collections), recovery: 'none' });
  let checked = 0;
  const found: string[] = [];
  const watch = new UnexplainedWatch({
    name,
    entities: ENTITIES,
    feed,
    positions,
    store,
    clock: parts.clock,
    saveEveryMs: 1_000,
    maxHeld: 1_000,
    observe: (event) => {
      if (event.type === 'saved') checked += event.checked;
      if (event.type !== 'found') return;
      for (const { operation, collection, reason } of event.writes) {
        found.push(`${operation} of ${collection}: ${reason}`);
      }
    },
  });
  const place = { token: await feed.now(), clusterTime: null, startedAtMs: 0, savedAtMs: 0 };
  await positions.save(name, place);
  await work();
  await watch.run({ signal: new AbortController().signal, until: await clusterNow(db) });
  return { checked, found };
};

const call = async (as: Somebody | undefined, method: string, path: string, body?: unknown) => {
  const answer = await monolith.call(method, path, { ...(as && { as }), ...(body ? { body } : {}) });
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer;
};

/** Every request of the API that changes something, and the worker's jobs. */
const everything = async (): Promise<void> => {
  const [ann, bob, cid] = [await monolith.signUp(), await monolith.signUp(), await monolith.signUp()];
  const { body: session } = await call(undefined, 'POST', '/sessions', {
    username: ann.username,
    password: 'a password for tests',
  });
  await call({ ...ann, token: session.token }, 'DELETE', '/sessions');
  await call(ann, 'PUT', `/profiles/${ann.id}`, { bio: 'hi' });
  for (const other of [bob, cid]) await call(ann, 'PUT', `/users/${ann.id}/following/${other.id}`);
  await call(ann, 'DELETE', `/users/${ann.id}/following/${bob.id}`);
  await call(ann, 'PUT', `/users/${ann.id}/following/${bob.id}`);
  await call(bob, 'PUT', `/users/${bob.id}/following/${ann.id}`);
  const { body: yubl } = await call(ann, 'POST', '/yubls', { text: 'one' });
  await call(ann, 'POST', '/yubls', { text: 'two' });
  await call(ann, 'DELETE', `/yubls/${yubl.id}`);
  await call(ann, 'GET', '/timeline');
  await call(undefined, 'POST', '/search/users?query=ada');
  await call(ann, 'DELETE', `/users/${ann.id}`);
  await call(cid, 'POST', '/yubls', { text: 'three' });
  await call(cid, 'DELETE', `/profiles/${cid.id}`);
  await finishDeletions(monolith.parts, new AbortController().signal);
  await reconcileFollows(monolith.parts);
};

describe('the monolith, watched', () => {
  it('changes users, follows and yubls with an event each, whatever is asked of it', async () => {
    const { checked, found } = await watchedDuring(everything);
    expect(found).toEqual([]);
    expect(checked).toBeGreaterThan(20);
  });

  it('mends what old scripts left with events, too', async () => {
    const star = await monolith.signUp();
    const orphan = { followerId: new ObjectId(), followeeId: new ObjectId(star.id) };
    await monolith.db.collection('follows').insertOne(orphan);
    const { found } = await watchedDuring(async () => {
      expect(await reconcileFollows(monolith.parts)).toMatchObject({ orphans: 1 });
    });
    expect(found).toEqual([]);
  });

  it('is caught at a write that bypasses the outbox, in each of the collections', async () => {
    const { found } = await watchedDuring(async () => {
      for (const { collection } of ENTITIES) {
        await monolith.db
          .collection(collection)
          .insertOne({ username: new ObjectId().toHexString(), followerId: collection });
      }
    });
    expect(found.sort()).toEqual([
      'insert of follows: no-transaction',
      'insert of users: no-transaction',
      'insert of yubls: no-transaction',
    ]);
  });
});
