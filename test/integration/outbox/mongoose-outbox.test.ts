import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { type ClientSession, type Connection, createConnection, Schema } from 'mongoose';
import { parseEvents, systemClock } from '../../../services/core/index.ts';
import { clusterNow } from '../../../services/outbox/changes/cluster-now.ts';
import { MongoChangeFeed } from '../../../services/outbox/changes/mongo-change-feed.ts';
import { MongoPositionStore } from '../../../services/outbox/changes/mongo-position-store.ts';
import { floorsOf, outboxOf } from '../../../services/outbox/index.ts';
import {
  type MongooseOutboxOptions,
  mongooseOutbox,
  openMongooseOutbox,
} from '../../../services/outbox/mongoose-outbox.ts';
import { MemoryUnexplainedStore } from '../../../services/outbox/unexplained/memory-unexplained-store.ts';
import { UnexplainedWatch } from '../../../services/outbox/unexplained/unexplained-watch.ts';
import { watchView } from '../../../services/outbox/unexplained/watch-view.ts';
import { mongoUri } from '../../support/engines.ts';
import { thingEntity } from './open-outbox.ts';

interface Thing {
  _id: string;
  name?: string;
  colour?: string;
  size?: number;
  tags?: string[];
}

describe('the Mongoose plugin, with Mongoose on MongoDB', () => {
  let connection: Connection;
  beforeEach(async () => {
    connection = await createConnection(mongoUri(), {
      dbName: `test_${randomUUID().replaceAll('-', '')}`,
    }).asPromise();
    await openMongooseOutbox(connection);
  });
  afterEach(async () => {
    await connection.dropDatabase();
    await connection.close();
  });

  const db = () => connection.db as unknown as Db;
  const makeModel = (more: Partial<MongooseOutboxOptions> = {}) => {
    const schema = new Schema<Thing>(
      { _id: String, name: String, colour: String, size: Number, tags: [String] },
      { collection: 'things', timestamps: false },
    );
    schema.plugin(mongooseOutbox, { entity: thingEntity, clock: systemClock, source: '/test', ...more });
    return connection.model<Thing>('Thing', schema);
  };
  const transaction = (work: (session: ClientSession) => Promise<unknown>) => connection.transaction(work);
  const events = async () => {
    const rows = await outboxOf(db()).find().sort({ $natural: 1 }).toArray();
    return rows.flatMap(({ event }) => parseEvents(event));
  };
  const told = async () =>
    (await events()).map(({ type, subject, data }) =>
      [type, subject, data.name, data.colour, data.size].filter((part) => part !== undefined).join(' '),
    );
  const stored = (id = 'a') =>
    db().collection<{ _id: string; _banyan?: object }>('things').findOne({ _id: id });
  const versions = async () =>
    (await events()).map(({ data }) => data._banyan as { entity: number; labels: number; sizes: number });

  it('opens an outbox that is there already, and changes how long its rows are kept', async () => {
    await openMongooseOutbox(connection, { keepAcknowledgedSeconds: 60 });
    const [, expiry] = await outboxOf(db()).indexes();
    expect(expiry?.expireAfterSeconds).toBe(60);
  });

  it('publishes what is created, with a version in every slice', async () => {
    const Things = makeModel();
    await transaction(async (session) => {
      await Things.create([{ _id: 'a', name: 'one', size: 1 }], { session });
      await new Things({ _id: 'b', name: 'two' }).save({ session });
    });
    expect(await told()).toEqual(['thing.created a one 1', 'thing.created b two']);
    const [first] = await events();
    expect(first?.data).toEqual(JSON.parse(JSON.stringify(await stored())));
    expect((await versions())[0]).toEqual({
      entity: expect.any(Number),
      labels: expect.any(Number),
      sizes: expect.any(Number),
    });
  });

  it('publishes what is saved, and advances the slices that it touched', async () => {
    const Things = makeModel();
    await transaction(async (session) => {
      await Things.create([{ _id: 'a', name: 'one', size: 1 }], { session });
    });
    await transaction(async (session) => {
      const thing = await Things.findById('a').session(session).orFail();
      thing.name = 'other';
      thing.tags?.push('x');
      await thing.save();
    });
    expect(await told()).toEqual(['thing.created a one 1', 'thing.updated a other 1']);
    const [created, updated] = await versions();
    expect(updated?.entity).toBeGreaterThan(created?.entity ?? Number.NaN);
    expect(updated?.labels).toBeGreaterThan(created?.labels ?? Number.NaN);
    expect(updated?.sizes).toBe(created?.sizes);
    expect((await stored())?._banyan).toEqual(updated);
    expect((await events())[1]?.data.tags).toEqual(['x']);
  });

  it('publishes each kind of update, whatever its operators', async () => {
    const Things = makeModel();
    await transaction(async (session) => {
      await Things.insertMany(
        [
          { _id: 'a', size: 1, tags: ['x', 'y'] },
          { _id: 'b', size: 5 },
        ],
        { session },
      );
      await Things.updateOne(
        { _id: 'a', tags: 'y' },
        { $inc: { size: 1 }, $set: { 'tags.$': 'z' } },
        { session },
      );
      await Things.findOneAndUpdate({ size: { $gt: 0 } }, { colour: 'red' }, { session, sort: { size: -1 } });
      await Things.findByIdAndUpdate('a', [{ $set: { name: 'piped' } }], { session, updatePipeline: true });
      await Things.replaceOne({ _id: 'a' }, { name: 'replaced' }, { session });
      await Things.findOneAndReplace({ _id: 'a' }, { size: 7 }, { session });
      const thing = await Things.findById('a').session(session).orFail();
      await thing.updateOne({ size: 8 }, { session });
    });
    expect(await told()).toEqual([
      'thing.created a 1',
      'thing.created b 5',
      'thing.updated a 2',
      'thing.updated b red 5',
      'thing.updated a piped 2',
      'thing.updated a replaced',
      'thing.updated a 7',
      'thing.updated a 8',
    ]);
    expect((await events())[2]?.data.tags).toEqual(['x', 'z']);
    const ofA = (await events())
      .filter(({ subject }) => subject === 'a')
      .map(({ version }) => Number(version));
    expect(ofA).toEqual([...new Set(ofA)].sort((x, y) => x - y));
  });

  it('publishes a deletion as a tombstone, and starts above it', async () => {
    const Things = makeModel();
    await transaction(async (session) => {
      await Things.create([{ _id: 'a' }, { _id: 'b' }, { _id: 'c' }], { session, ordered: true });
      await Things.deleteOne({ _id: 'a' }, { session });
      await Things.findOneAndDelete({ _id: 'b' }, { session });
      const thing = await Things.findById('c').session(session).orFail();
      await thing.deleteOne();
    });
    await transaction((session) => Things.create([{ _id: 'a' }], { session }));
    expect((await told()).slice(3)).toEqual([
      'thing.deleted a',
      'thing.deleted b',
      'thing.deleted c',
      'thing.created a',
    ]);
    const [, , , deleted, , , again] = await versions();
    expect((await events())[3]?.deleted).toBe(true);
    expect(again?.labels).toBeGreaterThan(deleted?.labels ?? Number.NaN);
    const floor = await floorsOf(db()).findOne({ _id: { collection: 'things', key: 'a' } });
    expect(floor?.versions).toEqual(deleted);
  });

  it('counts a document without a version as version 0', async () => {
    const Things = makeModel();
    await db().collection<{ _id: string }>('things').insertOne({ _id: 'a' });
    await transaction((session) => Things.updateOne({ _id: 'a' }, { name: 'one' }, { session }));
    const [first] = await versions();
    expect(first).toEqual({ entity: expect.any(Number), labels: expect.any(Number) });
    expect((await stored())?._banyan).toEqual(first);
  });

  it('lets nobody set versions, and keeps them through a replacement', async () => {
    const Things = makeModel();
    await transaction((session) => Things.create([{ _id: 'a', size: 1 }], { session }));
    await transaction(async (session) => {
      const forged = { $set: { '_banyan.entity': 3, name: 'one' } };
      await Things.updateOne({ _id: 'a' }, forged, { session, strict: false });
      await Things.replaceOne({ _id: 'a' }, { name: 'one', size: 1 }, { session });
    });
    const [created, forged, replaced] = await versions();
    expect(forged?.entity).toBeGreaterThan(created?.entity ?? Number.NaN);
    expect(replaced?.entity).toBeGreaterThan(forged?.entity ?? Number.NaN);
    expect([forged?.sizes, replaced?.sizes]).toEqual([created?.sizes, created?.sizes]);
  });

  it('publishes nothing when nothing is changed', async () => {
    const Things = makeModel();
    await transaction((session) => Things.create([{ _id: 'a', name: 'one' }], { session }));
    await transaction(async (session) => {
      await Things.updateOne({ _id: 'a' }, { name: 'one' }, { session });
      await Things.updateOne({ _id: 'nobody' }, { name: 'two' }, { session });
      await Things.deleteOne({ _id: 'nobody' }, { session });
      await (await Things.findById('a').session(session).orFail()).save();
    });
    expect(await told()).toEqual(['thing.created a one']);
  });

  it('publishes nothing of a transaction that is given up', async () => {
    const Things = makeModel();
    const failing = transaction(async (session) => {
      await Things.create([{ _id: 'a' }], { session });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect([await told(), await stored()]).toEqual([[], null]);
  });

  it('publishes an upsert by id, and refuses one by anything else', async () => {
    const Things = makeModel();
    await transaction((session) => Things.updateOne({ _id: 'a' }, { size: 1 }, { session, upsert: true }));
    await transaction((session) => Things.updateOne({ _id: 'a' }, { size: 2 }, { session, upsert: true }));
    expect(await told()).toEqual(['thing.created a 1', 'thing.updated a 2']);
    const byName = transaction((session) =>
      Things.findOneAndUpdate({ name: 'new' }, { size: 1 }, { session, upsert: true }),
    );
    await expect(byName).rejects.toMatchObject({ code: 'upsert-without-id' });
  });

  it('refuses a write outside a transaction, and says what to do', async () => {
    const Things = makeModel();
    const refused = {
      code: 'no-transaction',
      message: expect.stringMatching(/^things: .* use connection\.transaction\(async \(session\)/),
    };
    await expect(Things.create({ _id: 'a' })).rejects.toMatchObject(refused);
    await expect(Things.insertMany([{ _id: 'a' }])).rejects.toMatchObject(refused);
    await expect(Things.updateOne({ _id: 'a' }, { size: 1 })).rejects.toMatchObject(refused);
    await expect(Things.deleteOne({ _id: 'a' })).rejects.toMatchObject(refused);
    await expect(
      Things.findOneAndUpdate({ _id: 'a' }, { size: 1 }, { middleware: false }),
    ).rejects.toMatchObject(refused);
    await expect(Things.collection.insertOne({ _id: 'a' } as never)).rejects.toMatchObject(refused);
    const session = await connection.startSession();
    await expect(Things.create([{ _id: 'a' }], { session })).rejects.toMatchObject(refused);
    await session.endSession();
    expect(await stored()).toBeNull();
  });

  it('refuses what does not say which documents it changed', async () => {
    const Things = makeModel();
    const refused = { code: 'unpublishable-method' };
    const refusals = [
      (session: ClientSession) => Things.updateMany({}, { size: 1 }, { session }),
      (session: ClientSession) => Things.deleteMany({}, { session }),
      (session: ClientSession) => Things.bulkWrite([{ insertOne: { document: { _id: 'a' } } }], { session }),
      (session: ClientSession) => Things.bulkSave([new Things({ _id: 'a' })], { session }),
    ];
    for (const refusal of refusals) await expect(transaction(refusal)).rejects.toMatchObject(refused);
    await expect(Things.collection.drop()).rejects.toMatchObject(refused);
  });

  it('leaves nothing for the watch to find, but what passes by it', async () => {
    const Things = makeModel();
    const feed = new MongoChangeFeed({
      db: db(),
      name: 'watch',
      view: watchView(db(), ['things']),
      recovery: '',
    });
    const store = new MemoryUnexplainedStore();
    const watch = new UnexplainedWatch({
      name: 'watch',
      entities: [thingEntity],
      feed,
      positions: new MongoPositionStore({ db: db() }),
      store,
      clock: systemClock,
      saveEveryMs: 100,
      maxHeld: 100,
      observe: () => undefined,
    });
    const { signal } = new AbortController();
    await watch.run({ signal, until: await clusterNow(db()) });
    await transaction(async (session) => {
      await Things.create([{ _id: 'a', size: 1, name: 'one' }], { session });
      await Things.updateOne({ _id: 'a' }, { size: 2 }, { session });
      await Things.replaceOne({ _id: 'a' }, { name: 'one', size: 2 }, { session });
      await Things.create([{ _id: 'b' }], { session });
      await Things.deleteOne({ _id: 'b' }, { session });
    });
    await db()
      .collection('things')
      .updateMany({}, { $set: { size: 3 } });
    await watch.run({ signal, until: await clusterNow(db()) });
    const found = await store.open({ limit: 10, failedBeforeMs: 0 });
    expect(found).toMatchObject([{ key: 'a', operation: 'update', reason: 'no-transaction' }]);
  });

  it('lets the types of the events be chosen', async () => {
    const Things = makeModel({
      typeOf: ({ operation, changedFields }) =>
        operation === 'updated' && changedFields.includes('size') ? 'thing.grown' : `thing.${operation}`,
      traceparent: () => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    await transaction(async (session) => {
      await Things.create([{ _id: 'a', size: 1 }], { session });
      await Things.updateOne({ _id: 'a' }, { size: 2 }, { session });
    });
    expect(await told()).toEqual(['thing.created a 1', 'thing.grown a 2']);
    expect((await events())[0]?.traceparent).toMatch(/^00-0af7/);
  });

  it('publishes the models that share a collection as one entity, and refuses another', async () => {
    const Things = makeModel();
    const Special = Things.discriminator('Special', new Schema({ extra: String }));
    await transaction((session) => Special.create([{ _id: 'a', extra: 'x' }], { session }));
    expect(await events()).toMatchObject([{ type: 'thing.created', data: { extra: 'x' } }]);
    const again = () => {
      const schema = new Schema({ _id: String }, { collection: 'things' });
      schema.plugin(mongooseOutbox, {
        entity: { ...thingEntity, name: 'other' },
        clock: systemClock,
        source: '/test',
      });
      connection.model('Other', schema);
    };
    expect(again).toThrow(/published as thing already/);
  });

  it("refuses a model whose collection is not the entity's", () => {
    const schema = new Schema({ _id: String }, { collection: 'stuff' });
    schema.plugin(mongooseOutbox, { entity: thingEntity, clock: systemClock, source: '/test' });
    expect(() => connection.model('Stuff', schema)).toThrow(/lives in things/);
  });
});
