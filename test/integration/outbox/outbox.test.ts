import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Long, ObjectId } from 'mongodb';
import { documentOf, VirtualClock, versionOf } from '../../../services/core/index.ts';
import {
  advancedVersions,
  floorsOf,
  Outbox,
  outboxOf,
  recordEvent,
  type StoredDocument,
} from '../../../services/outbox/index.ts';
import { openOutbox, thingEntity } from './open-outbox.ts';

const HOUR_MS = 3_600_000;

let clock: VirtualClock;
let open: Awaited<ReturnType<typeof openOutbox>>;
let outbox: Outbox;

beforeEach(async () => {
  clock = new VirtualClock();
  open = await openOutbox({ clock });
  outbox = open.outbox;
});

afterEach(() => open.drop());

const micros = () => clock.nowMs() * 1000;

const create = (document: { [field: string]: unknown } = { name: 'a', size: 1 }): Promise<StoredDocument> =>
  outbox.transaction((tx) => tx.create(thingEntity, document, 'thing.created'));

const lastEvent = async () => {
  const event = (await open.events()).at(-1);
  if (!event) throw new Error('there is no event');
  return event;
};

const stored = (id: unknown) => open.things.findOne({ _id: id as string });

describe('create', () => {
  it('stores the document with the versions of all slices, and an event that carries it whole', async () => {
    const thing = await create();

    expect(thing).toEqual({
      _id: expect.any(ObjectId),
      name: 'a',
      size: 1,
      _banyan: { entity: micros(), labels: micros(), sizes: micros() },
    });
    expect(await stored(thing._id)).toEqual(thing);
    const event = await lastEvent();
    expect(event).toMatchObject({
      type: 'thing.created',
      source: '/test',
      subject: String(thing._id),
      version: String(micros()),
    });
    expect(documentOf(event)).toEqual(thing);
  });

  it('publishes what MongoDB holds, to the last digit and byte', async () => {
    const thing = await create({
      long: Long.fromString('9007199254740993'),
      big: -9223372036854775808n,
      bytes: Buffer.from('abc'),
    });
    expect(documentOf(await lastEvent())).toEqual(await stored(thing._id));
    await outbox.transaction((tx) =>
      tx.update(thingEntity, thing._id, { set: { size: 2 } }, 'thing.resized'),
    );
    expect(documentOf(await lastEvent())).toEqual(await stored(thing._id));
  });

  it('stores versions as 64-bit integers', async () => {
    const { _id } = await create();
    const raw = await open.things.findOne({ _id: _id as ObjectId }, { promoteLongs: false });
    expect(raw?._banyan).toEqual({
      entity: expect.any(Long),
      labels: expect.any(Long),
      sizes: expect.any(Long),
    });
  });

  it('leaves out fields that are undefined, in the document and in the event', async () => {
    const thing = await create({ _id: 'x', name: 'a', size: undefined });
    expect(Object.keys((await stored('x')) ?? {})).toEqual(['_id', 'name', '_banyan']);
    expect(documentOf(await lastEvent())).toEqual(thing);
  });

  it('refuses to be told versions', async () => {
    await expect(create({ name: 'a', _banyan: { entity: 9 } })).rejects.toMatchObject({ code: 'bad-field' });
  });

  it('leaves neither document nor event when the work throws', async () => {
    const failure = new Error('no');
    const work = outbox.transaction(async (tx) => {
      await tx.create(thingEntity, { _id: 1 }, 'thing.created');
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await stored(1)).toBeNull();
    expect(await open.rows()).toEqual([]);
  });

  it('throws the error of the driver when the id is taken', async () => {
    await create({ _id: 1 });
    await expect(create({ _id: 1 })).rejects.toMatchObject({ code: 11_000 });
    expect(await open.rows()).toHaveLength(1);
  });
});

describe('update', () => {
  it('sets, unsets and adds, and answers and publishes the document after it', async () => {
    const { _id } = await create({ name: 'a', size: 1, note: 'n' });
    const changes = { set: { name: 'b' }, unset: ['note'], inc: { size: 2, uses: 1 } };
    const after = await outbox.transaction((tx) => tx.update(thingEntity, _id, changes, 'thing.changed'));

    expect(after).toMatchObject({ _id, name: 'b', size: 3, uses: 1 });
    expect(after).not.toHaveProperty('note');
    expect(await stored(_id)).toEqual(after);
    expect(documentOf(await lastEvent())).toEqual(after);
  });

  it('advances the entity always, and a slice only when one of its fields is touched', async () => {
    const { _id, _banyan: before } = await create();
    await clock.advance(5);
    const after = await outbox.transaction((tx) =>
      tx.update(thingEntity, _id, { set: { name: 'b' } }, 'thing.renamed'),
    );
    expect(after?._banyan).toEqual({ entity: micros(), labels: micros(), sizes: before.sizes });
  });

  it('advances every slice that shares the touched field', async () => {
    const { _id } = await create();
    await clock.advance(5);
    const changes = { set: { colour: 'red' } };
    const after = await outbox.transaction((tx) => tx.update(thingEntity, _id, changes, 'thing.painted'));
    expect(after?._banyan).toEqual({ entity: micros(), labels: micros(), sizes: micros() });
  });

  it('goes above the stored version under a clock that is an hour behind', async () => {
    const { _id, _banyan } = await create();
    const behind = new VirtualClock(clock.nowMs() - HOUR_MS);
    const other = new Outbox({ client: open.client, db: open.db, clock: behind, source: '/behind' });
    const after = await other.transaction((tx) =>
      tx.update(thingEntity, _id, { inc: { size: 1 } }, 'thing.grown'),
    );
    expect(after?._banyan).toEqual({ ..._banyan, entity: micros() + 1, sizes: micros() + 1 });
  });

  it('takes a document that has no version yet as version 0', async () => {
    await open.things.insertOne({ _id: 'old', name: 'a' });
    const after = await outbox.transaction((tx) =>
      tx.update(thingEntity, 'old', { set: { size: 1 } }, 'thing.measured'),
    );
    expect(after?._banyan).toEqual({ entity: micros(), sizes: micros() });
    expect(versionOf(after ?? {}, 'labels')).toBe(0);
  });

  it.each([
    ['an operator', { $gt: 1 }],
    ['a field path', '$size'],
    ['a variable', '$$ROOT'],
    ['an expression', { $add: [1, 2] }],
    ['a literal', { $literal: 1 }],
    ['dots and dollars within', { 'a.b': { $c: 1 } }],
    ['an empty object over a full one', {}],
    ['an array', ['$name', { $first: 1 }]],
  ])('keeps a value that reads like %s as it is', async (_, value) => {
    const { _id } = await create({ name: { full: true }, size: 1 });
    const after = await outbox.transaction((tx) =>
      tx.update(thingEntity, _id, { set: { name: value } }, 'thing.changed'),
    );
    expect(after?.name).toEqual(value);
    expect((await stored(_id))?.name).toEqual(value);
    expect(documentOf(await lastEvent()).name).toEqual(value);
  });

  it.each(['a.b', '$set', '', '_id', '_banyan', '_banyan.entity', 'a\0b'])(
    'refuses the field name %j wherever it stands',
    async (field) => {
      const { _id } = await create();
      for (const changes of [{ set: { [field]: 1 } }, { unset: [field] }, { inc: { [field]: 1 } }]) {
        const work = outbox.transaction((tx) => tx.update(thingEntity, _id, changes, 'thing.changed'));
        await expect(work).rejects.toMatchObject({ code: 'bad-field' });
      }
      expect(await open.rows()).toHaveLength(1);
    },
  );

  it('refuses a value whose keys extended JSON reserves, since the event would carry another one', async () => {
    const { _id } = await create();
    const changes = { set: { name: { deep: [{ $oid: '65f0a0a0a0a0a0a0a0a0a0a0' }] } } };
    const work = outbox.transaction((tx) => tx.update(thingEntity, _id, changes, 'thing.changed'));
    await expect(work).rejects.toThrow(
      'things: the key at name.deep.0.$oid is one that extended JSON reserves',
    );
    expect((await stored(_id))?.name).toBe('a');
  });

  it('does not take an id that is an object for a query', async () => {
    await create();
    const work = outbox.transaction((tx) =>
      tx.update(thingEntity, { $gt: '' }, { set: { name: 'x' } }, 'thing.changed'),
    );
    expect(await work).toBeUndefined();
  });

  it('answers undefined and publishes nothing when the document is absent', async () => {
    const after = await outbox.transaction((tx) =>
      tx.update(thingEntity, 'nobody', { set: { name: 'x' } }, 'thing.changed'),
    );
    expect(after).toBeUndefined();
    expect(await open.rows()).toEqual([]);
    expect(await stored('nobody')).toBeNull();
  });

  it('gives concurrent updates of one key strictly increasing versions in the order of their events', async () => {
    const { _id } = await create({ name: 'a', size: 0 });
    const grow = () =>
      outbox.transaction((tx) => tx.update(thingEntity, _id, { inc: { size: 1 } }, 'thing.grown'));
    await Promise.all(Array.from({ length: 20 }, grow));

    const versions = (await open.events()).map((event) => Number(event.version));
    expect(versions).toHaveLength(21);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(await stored(_id)).toMatchObject({ size: 20, _banyan: { entity: versions.at(-1) } });
    const sizes = (await open.events()).map((event) => documentOf(event).size);
    expect(sizes).toEqual(Array.from({ length: 21 }, (_, n) => n));
  }, 20_000);
});

describe('replace', () => {
  it('replaces every field but the id and the versions, which it advances', async () => {
    const before = await create({ name: 'a', size: 1, note: 'n' });
    await clock.advance(5);
    const wanted = { ...before, name: '$b', note: undefined, size: undefined, _banyan: { entity: 1 } };
    const after = await outbox.transaction((tx) => tx.replace(thingEntity, wanted, 'thing.replaced'));
    expect(after).toEqual({
      _id: before._id,
      name: '$b',
      _banyan: { entity: micros(), labels: micros(), sizes: micros() },
    });
    expect(await stored(before._id)).toEqual(after);
  });

  it('keeps versions of slices that it does not know', async () => {
    await open.things.insertOne({ _id: 1, _banyan: { entity: 5, other: 7 } });
    const after = await outbox.transaction((tx) =>
      tx.replace(thingEntity, { _id: 1, name: 'b' }, 'thing.replaced'),
    );
    expect(after?._banyan).toMatchObject({ other: 7 });
  });

  it('replaces only the fields of its slice when it is told one', async () => {
    const before = await create({ name: 'a', colour: 'red', size: 1, note: 'n' });
    await clock.advance(5);
    const after = await outbox.transaction((tx) =>
      tx.replace(thingEntity, { _id: before._id, name: 'b' }, 'thing.relabelled', { slice: 'labels' }),
    );
    // The colour was removed, and it is the other slice's as well.
    const _banyan = { entity: micros(), labels: micros(), sizes: micros() };
    expect(after).toEqual({ _id: before._id, name: 'b', size: 1, note: 'n', _banyan });
  });

  it('refuses fields that are not of its slice', async () => {
    const { _id } = await create();
    const work = outbox.transaction((tx) =>
      tx.replace(thingEntity, { _id, size: 2 }, 'thing.relabelled', { slice: 'labels' }),
    );
    await expect(work).rejects.toThrow('"size" is not of the slice "labels"');
  });
});

describe('touch', () => {
  it('advances every version and publishes the document as it is', async () => {
    await open.things.insertOne({ _id: 1, name: 'a', _banyan: { entity: 5, labels: 3 } });
    const after = await outbox.transaction((tx) => tx.touch(thingEntity, 1, 'thing.touched'));
    expect(after).toEqual({
      _id: 1,
      name: 'a',
      _banyan: { entity: micros(), labels: micros(), sizes: micros() },
    });
    expect(documentOf(await lastEvent())).toEqual(after);
  });
});

describe('delete', () => {
  const remove = (id: unknown) => outbox.transaction((tx) => tx.delete(thingEntity, id, 'thing.deleted'));

  it('advances every version of the document, publishes them as a tombstone and keeps them as floors', async () => {
    await open.things.insertOne({
      _id: 'x',
      name: 'a',
      _banyan: { entity: 5, labels: 10 ** 15 * 2, other: 3 },
    });
    const left = await remove('x');

    const versions = { entity: micros(), labels: 10 ** 15 * 2 + 1, sizes: micros(), other: micros() };
    expect(left).toEqual({ _id: 'x', _banyan: versions });
    expect(await stored('x')).toBeNull();
    const event = await lastEvent();
    expect(event).toMatchObject({ deleted: true, subject: 'x', version: String(micros()) });
    expect(documentOf(event)).toEqual(left);
    expect(await floorsOf(open.db).findOne()).toEqual({ _id: { collection: 'things', key: 'x' }, versions });
  });

  it('lets a document that is created again start above its floors, under a clock an hour behind', async () => {
    const before = await create({ _id: 'x', name: 'a' });
    const left = await remove('x');
    const behind = new VirtualClock(clock.nowMs() - HOUR_MS);
    const other = new Outbox({ client: open.client, db: open.db, clock: behind, source: '/behind' });
    const again = await other.transaction((tx) => tx.create(thingEntity, { _id: 'x' }, 'thing.created'));
    for (const slice of ['entity', 'labels', 'sizes']) {
      expect(versionOf(left ?? {}, slice)).toBeGreaterThan(versionOf(before, slice));
      expect(versionOf(again, slice)).toBe(versionOf(left ?? {}, slice) + 1);
    }
  });

  it('never lowers a floor', async () => {
    await create({ _id: 'x' });
    await remove('x');
    const floors = await floorsOf(open.db).findOne();
    await open.things.insertOne({ _id: 'x' });
    const behind = new VirtualClock(clock.nowMs() - HOUR_MS);
    const other = new Outbox({ client: open.client, db: open.db, clock: behind, source: '/behind' });
    await other.transaction((tx) => tx.delete(thingEntity, 'x', 'thing.deleted'));
    expect(await floorsOf(open.db).findOne()).toEqual(floors);
  });

  it('answers undefined and publishes nothing when the document is absent', async () => {
    expect(await remove('nobody')).toBeUndefined();
    expect(await open.rows()).toEqual([]);
    expect(await floorsOf(open.db).countDocuments()).toBe(0);
  });

  it('keeps versions rising when deletes and creations of one key race', async () => {
    const clocks = [new VirtualClock(clock.nowMs() + HOUR_MS), new VirtualClock(clock.nowMs() - HOUR_MS)];
    const writers = clocks.map(
      (time) => new Outbox({ client: open.client, db: open.db, clock: time, source: '/w' }),
    );
    const turn = async (writer: Outbox) => {
      await writer
        .transaction((tx) => tx.create(thingEntity, { _id: 'x' }, 'thing.created'))
        .catch((thrown: { code?: unknown }) => expect(thrown.code).toBe(11_000));
      await writer.transaction((tx) => tx.delete(thingEntity, 'x', 'thing.deleted'));
    };
    await Promise.all(
      writers.map(async (writer) => {
        for (let round = 0; round < 15; round += 1) await turn(writer);
      }),
    );
    const versions = (await open.events()).map((event) => Number(event.version));
    expect(versions.length).toBeGreaterThanOrEqual(30);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  }, 30_000);
});

describe('transaction', () => {
  it('publishes several changes in the order in which they were made, with the trace of their request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await outbox.transaction(
      async (tx) => {
        await tx.create(thingEntity, { _id: 1 }, 'thing.created');
        await tx.update(thingEntity, 1, { set: { name: 'b' } }, 'thing.renamed');
        await tx.db.collection<{ _id: number }>('others').insertOne({ _id: 1 }, { session: tx.session });
        await tx.delete(thingEntity, 1, 'thing.deleted');
      },
      { traceparent },
    );
    const events = await open.events();
    expect(events.map((event) => event.type)).toEqual(['thing.created', 'thing.renamed', 'thing.deleted']);
    expect(events.map((event) => event.traceparent)).toEqual([traceparent, traceparent, traceparent]);
    expect(await open.db.collection('others').countDocuments()).toBe(1);
  });

  it('refuses a document whose event would not fit a row, saying what to do, and writes nothing', async () => {
    // Each of them takes two bytes in JSON.
    const huge = { _id: 1, name: '\n'.repeat(9_000_000) };
    const work = outbox.transaction((tx) => tx.create(thingEntity, huge, 'thing.created'));
    await expect(work).rejects.toThrow(/the event of .* takes \d+ bytes.*move the large fields out/);
    expect(await stored(1)).toBeNull();
  }, 20_000);
});

describe('recordEvent', () => {
  it('adds the event of a write that the caller does by itself', async () => {
    await open.things.insertOne({ _id: 1, name: 'a', size: 1 });
    await open.client.withSession((session) =>
      session.withTransaction(async () => {
        const pipeline = [
          { $set: { size: { $literal: 2 }, _banyan: advancedVersions(['entity', 'sizes'], clock.nowMs()) } },
        ];
        const document = await open.things.findOneAndUpdate({ _id: 1 }, pipeline, {
          session,
          returnDocument: 'after',
        });
        if (!document) throw new Error('absent');
        const parts = { session, db: open.db, clock, source: '/own', entity: thingEntity };
        await recordEvent({ ...parts, document, type: 'thing.measured', deleted: false });
      }),
    );
    expect(documentOf(await lastEvent())).toEqual({
      _id: 1,
      name: 'a',
      size: 2,
      _banyan: { entity: micros(), sizes: micros() },
    });
  });

  it('refuses to work outside a transaction, or without a version', async () => {
    const session = open.client.startSession();
    const event = {
      session,
      db: open.db,
      clock,
      source: '/own',
      entity: thingEntity,
      type: 'thing.x',
      deleted: false,
      document: { _id: 1 },
    };
    await expect(recordEvent(event)).rejects.toMatchObject({ code: 'no-transaction' });
    session.startTransaction();
    await expect(recordEvent(event)).rejects.toMatchObject({ code: 'no-version' });
    await session.abortTransaction();
    await session.endSession();
  });
});

describe('open', () => {
  it('may be called again and by several at once', async () => {
    await Promise.all([outbox.open(), outbox.open()]);
    const { db } = open;
    expect(await outboxOf(db).indexes()).toContainEqual(
      expect.objectContaining({ key: { acknowledgedAt: 1 }, expireAfterSeconds: 86_400 }),
    );
  });

  it('changes how long acknowledged rows are kept when it is told', async () => {
    const { client, db } = open;
    await new Outbox({ client, db, clock, source: '/t', keepAcknowledgedSeconds: 60 }).open();
    await outbox.open();
    expect(await outboxOf(db).indexes()).toContainEqual(expect.objectContaining({ expireAfterSeconds: 60 }));
  });
});
