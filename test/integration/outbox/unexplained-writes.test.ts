import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MongoClient, type ObjectId } from 'mongodb';
import { documentOf, parseEvents, systemClock, versionOf } from '../../../services/core/index.ts';
import { MongoChangeFeed } from '../../../services/outbox/changes/mongo-change-feed.ts';
import { MongoPositionStore } from '../../../services/outbox/changes/mongo-position-store.ts';
import { floorsOf, outboxOf } from '../../../services/outbox/collections.ts';
import { Outbox } from '../../../services/outbox/index.ts';
import { touchKey } from '../../../services/outbox/touch-key.ts';
import {
  healOpen,
  MongoUnexplainedStore,
  MongoWriteSites,
  recordWriteSites,
  UnexplainedWatch,
  watchView,
} from '../../../services/outbox/unexplained/index.ts';
import { userEntity } from '../../../services/profiles/user-entity.ts';
import { freshDatabase, mongoUri } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';

type User = { _id: ObjectId | string; [field: string]: unknown };

const setUp = async () => {
  const { client, db, drop } = await freshDatabase();
  const outbox = new Outbox({ client, db, clock: systemClock, source: '/test' });
  await outbox.open();
  await db.createCollection('users');
  const store = new MongoUnexplainedStore({ db });
  await store.prepare();
  const sites = new MongoWriteSites({ db, clock: systemClock });
  await sites.prepare();
  const positions = new MongoPositionStore({ db });
  const feed = new MongoChangeFeed({
    db,
    name: 'unexplained',
    view: watchView(db, ['users']),
    recovery: 'verify every plan',
  });
  const watch = new UnexplainedWatch({
    name: 'unexplained',
    entities: [userEntity],
    feed,
    positions,
    store,
    sites,
    clock: systemClock,
    saveEveryMs: 200,
    maxHeld: 100,
    observe: () => undefined,
  });
  const found = async () =>
    (await store.open({ limit: 1_000, failedBeforeMs: Number.MAX_SAFE_INTEGER })).map(
      ({ key, operation, reason }) => `${operation} ${key}: ${reason}`,
    );
  const stops: AbortController[] = [];
  const runs: Promise<void>[] = [];
  const start = () => {
    const stop = new AbortController();
    stops.push(stop);
    const run = watch.run({ signal: stop.signal });
    runs.push(run);
    return async () => {
      stop.abort();
      await run;
    };
  };
  const started = () => eventually(async () => expect(await positions.load('unexplained')).toBeDefined());
  const close = async () => {
    for (const stop of stops) stop.abort();
    await Promise.allSettled(runs);
    await drop();
  };
  return {
    watch,
    client,
    db,
    users: db.collection<User>('users'),
    outbox,
    store,
    sites,
    positions,
    found,
    start,
    started,
    close,
  };
};

describe('the watch for unexplained writes, on MongoDB', () => {
  let world: Awaited<ReturnType<typeof setUp>>;
  beforeEach(async () => {
    world = await setUp();
  });
  afterEach(() => world.close());

  const changeThroughTheOutbox = () =>
    world.outbox.transaction(async (tx) => {
      const { _id } = await tx.create(userEntity, { username: 'ann' }, 'user.created');
      await tx.update(
        userEntity,
        _id,
        { set: { bio: 'hi' }, inc: { followerCount: 1 } },
        'user.profile-updated',
      );
      await tx.replace(userEntity, { _id, username: 'bob' }, 'user.profile-updated');
      await tx.touch(userEntity, _id, 'user.touched');
      const other = await tx.create(userEntity, { _id: 'gone', username: 'cid' }, 'user.created');
      await tx.delete(userEntity, other._id, 'user.deleted');
    });

  it('reports each kind of bare write, and nothing that the outbox wrote', async () => {
    const { users, start, started, found } = world;
    start();
    await started();
    await changeThroughTheOutbox();
    await users.insertOne({ _id: 'a', n: 1 });
    await users.updateOne({ _id: 'a' }, { $set: { n: 2 } });
    await users.replaceOne({ _id: 'a' }, { n: 3 });
    await users.deleteOne({ _id: 'a' });
    await users.insertMany([{ _id: 'b' }, { _id: 'c' }]);
    await users.updateMany({ _id: { $in: ['b', 'c'] } }, { $set: { n: 4 } });
    await changeThroughTheOutbox();
    await eventually(async () => expect(await found()).toHaveLength(8));
    expect(await found()).toEqual([
      'insert a: no-transaction',
      'update a: no-transaction',
      'replace a: no-transaction',
      'delete a: no-transaction',
      'insert b: no-transaction',
      'insert c: no-transaction',
      expect.stringMatching(/b: no-transaction/),
      expect.stringMatching(/c: no-transaction/),
    ]);
  });

  it('reports what a transaction wrote beside its rows', async () => {
    const { client, users, outbox, start, started, found } = world;
    start();
    await started();
    await client.withSession((session) =>
      session.withTransaction(async () => {
        await users.insertOne({ _id: 'none' }, { session });
      }),
    );
    await outbox.transaction(async (tx) => {
      await tx.create(userEntity, { _id: 'told' }, 'user.created');
      await users.insertOne({ _id: 'untold' }, { session: tx.session });
    });
    await outbox.transaction(async (tx) => {
      await tx.update(userEntity, 'told', { set: { n: 1 } }, 'user.profile-updated');
      await users.updateOne({ _id: 'told' }, { $set: { n: 2 } }, { session: tx.session });
    });
    await eventually(async () =>
      expect(await found()).toEqual([
        'insert none: no-row',
        'insert untold: no-row',
        'update told: other-state',
      ]),
    );
  });

  it('finds after a restart what happened meanwhile', async () => {
    const { users, start, started, found } = world;
    const stop = start();
    await started();
    await users.insertOne({ _id: 'a' });
    await eventually(async () => expect(await found()).toHaveLength(1));
    await stop();
    await users.insertOne({ _id: 'b' });
    await changeThroughTheOutbox();
    start();
    await eventually(async () =>
      expect(await found()).toEqual(['insert a: no-transaction', 'insert b: no-transaction']),
    );
  });

  it('reports that the collection was dropped, or replaced by another', async () => {
    const { db, start, started, found } = world;
    start();
    await started();
    await db.collection('users').drop();
    await db.collection('other').insertOne({ n: 1 });
    await db.collection('other').rename('elsewhere');
    await db.collection('elsewhere').rename('users');
    await eventually(async () =>
      expect(await found()).toEqual(['drop undefined: no-transaction', 'rename undefined: no-transaction']),
    );
  });

  it('heals by publishing what each key is now, above what was published before', async () => {
    const { db, users, outbox, store, start, started, found } = world;
    start();
    await started();
    const deletedAt = await outbox.transaction(async (tx) => {
      await tx.create(userEntity, { _id: 'back' }, 'user.created');
      return tx.delete(userEntity, 'back', 'user.deleted');
    });
    await users.insertOne({ _id: 'back', username: 'again' });
    await users.insertOne({ _id: 'gone' });
    await users.deleteOne({ _id: 'gone' });
    const broken = { _id: 'broken', _banyan: 'nonsense' };
    await users.insertOne(broken);
    await eventually(async () => expect(await found()).toHaveLength(4));
    await outboxOf(db).deleteMany({});
    const touch = (_: string, key: string) =>
      touchKey({ outbox, entity: userEntity, key, clock: systemClock, source: '/heal' });
    const result = await healOpen({ store, clock: systemClock, touch, limit: 10 });
    expect(result).toMatchObject({ healed: 3, failed: [{ key: 'broken' }] });
    expect(await store.counts()).toEqual({ found: 4, open: 1 });
    const rows = await outboxOf(db).find().sort({ _id: 1 }).toArray();
    const events = rows.flatMap((row) => parseEvents(row.event));
    expect(events).toMatchObject([
      { type: 'user.touched', subject: 'back', data: { username: 'again' } },
      { type: 'user.deleted', subject: 'gone', deleted: true },
    ]);
    const [back, gone] = events.map((event) => ({
      entity: versionOf(documentOf(event), 'entity'),
      profiles: versionOf(documentOf(event), 'profiles'),
    }));
    expect(back?.entity).toBeGreaterThan(deletedAt?._banyan.entity ?? Number.NaN);
    expect(back?.profiles).toBeGreaterThan(deletedAt?._banyan.profiles ?? Number.NaN);
    const floor = await floorsOf(db).findOne({ _id: { collection: 'users', key: 'gone' } });
    expect(floor?.versions).toEqual(gone);
    // Nothing of the healing is unexplained itself.
    await users.insertOne({ _id: 'last' });
    await eventually(async () => expect(await found()).toHaveLength(2));
    expect(await found()).toEqual(['insert broken: no-transaction', 'insert last: no-transaction']);
  });

  it('stops with what to do when MongoDB no longer knows where it stood', async () => {
    const { users, store, positions, start, started, watch } = world;
    const stop = start();
    await started();
    await users.insertOne({ _id: 'known' });
    const [write] = await eventually(async () => {
      const open = await store.open({ limit: 1, failedBeforeMs: 0 });
      expect(open).toHaveLength(1);
      return open;
    });
    await stop();
    // The token of an event that there never was.
    const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase();
    const _data = write?.id.replace(hex('known'), hex('knowm'));
    const token = JSON.stringify({ _data });
    await positions.save('unexplained', { token, clusterTime: null, startedAtMs: 0, savedAtMs: 0 });
    await users.insertOne({ _id: 'later' });
    await expect(watch.run({ signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'change-stream-history-lost',
      message: expect.stringContaining('verify every plan'),
    });
  });

  it('says where in the source a bare write was made', async () => {
    const { db, sites, store, start, started } = world;
    const client = await new MongoClient(mongoUri(), { monitorCommands: true }).connect();
    const errors: unknown[] = [];
    const stop = recordWriteSites({
      client,
      database: db.databaseName,
      collections: ['users'],
      sites,
      onError: (error) => errors.push(error),
    });
    start();
    await started();
    const users = client.db(db.databaseName).collection<User>('users');
    const insertMany = async () => {
      await users.insertMany([{ _id: 'a' }, { _id: 'b' }]);
    };
    const updateOne = async () => {
      await users.updateOne({ _id: 'a' }, { $set: { n: 1 } });
    };
    const inTransaction = () =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          await users.deleteOne({ _id: 'b' }, { session });
        }),
      );
    await insertMany();
    await updateOne();
    await inTransaction();
    const kept = await eventually(async () => {
      const open = await store.open({ limit: 10, failedBeforeMs: 0 });
      expect(open).toHaveLength(4);
      return open;
    });
    const sitesOf = kept.map(({ key, operation, site }) => [
      operation,
      key,
      site?.certain,
      site?.frames[0]?.replace(/\(.*\/(.*):\d+:\d+\)/, '$1'),
    ]);
    expect(sitesOf).toEqual([
      ['insert', 'a', true, 'insertMany unexplained-writes.test.ts'],
      ['insert', 'b', true, 'insertMany unexplained-writes.test.ts'],
      ['update', 'a', true, 'updateOne unexplained-writes.test.ts'],
      ['delete', 'b', true, expect.stringContaining('unexplained-writes.test.ts')],
    ]);
    expect(errors).toEqual([]);
    stop();
    await client.close();
  });
});
