import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MongoClient } from 'mongodb';
import { parseEvents, systemClock } from '../../../services/core/index.ts';
import { type CaptureOptions, openCapture } from '../../../services/outbox/capture/index.ts';
import {
  MemoryEventStream,
  type RelayEvent,
  type RelayLease,
  relaySettings,
} from '../../../services/outbox/index.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { freshDatabase } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { thingEntity } from './open-outbox.ts';

type Thing = { _id: string; size?: number; colour?: string; value?: unknown };

const settings = relaySettings({ renewEveryMs: 50, leaseTtlMs: 5_000, standByMs: 50 });

/** A lease that nobody contends for, and that shows the token it keeps. */
class OwnLease implements RelayLease {
  token: string | null = null;

  async acquire(holder: string) {
    return { holder, epoch: 1, token: this.token };
  }

  async renew(_: unknown, token: string | null) {
    this.token = token ?? this.token;
  }

  release(_: unknown, token: string | null) {
    return this.renew(_, token);
  }
}

describe('a capture, on MongoDB', () => {
  let open: Awaited<ReturnType<typeof freshDatabase>>;
  let lease: OwnLease;
  let stream: MemoryEventStream;
  let quarantine: MemoryQuarantine;
  let stops: (() => Promise<void>)[];
  beforeEach(async () => {
    open = await freshDatabase();
    await open.db.createCollection('things');
    lease = new OwnLease();
    stream = new MemoryEventStream({ streams: ['things'] });
    quarantine = new MemoryQuarantine();
    stops = [];
  });
  afterEach(async () => {
    for (const stop of stops) await stop().catch(() => undefined);
    await open.drop();
  });

  const things = () => open.db.collection<Thing>('things');
  const makeCapture = (more: Partial<CaptureOptions> = {}) =>
    openCapture({
      db: open.db,
      entity: thingEntity,
      source: '/test',
      recovery: 'Copy it anew.',
      lease,
      stream,
      quarantine,
      clock: systemClock,
      random: Math.random,
      settings,
      holder: 'test',
      observe: () => undefined,
      ...more,
    });
  /** Starts a capture and waits until it keeps where it stands. */
  const start = async (more: Partial<CaptureOptions> = {}) => {
    const events: RelayEvent[] = [];
    const capture = await makeCapture({ observe: (event) => events.push(event), ...more });
    const end = new AbortController();
    const done = capture.run(end.signal);
    // It may fail before the test looks at it, which is no failure that nobody handled.
    done.catch(() => undefined);
    const stop = async () => {
      end.abort();
      await done;
    };
    stops.push(stop);
    await eventually(() => expect(lease.token).not.toBeNull());
    return { done, stop, events };
  };
  const events = () => stream.entries('things').flatMap(({ data }) => parseEvents(data));
  const told = () =>
    events().map(({ type, subject, data }) => `${type} ${subject} ${data.size ?? ''}`.trim());
  const inTransaction = (
    work: (options: { session: ReturnType<MongoClient['startSession']> }) => Promise<void>,
  ) => open.client.withSession((session) => session.withTransaction(() => work({ session })));

  it('publishes what code writes that knows nothing of it', async () => {
    await start({
      typeOf: ({ operation, changedFields }) => `thing.${operation}:${changedFields.join(',')}`,
    });
    await things().insertOne({ _id: 'a', size: 1 });
    await things().updateOne({ _id: 'a' }, { $inc: { size: 1 } });
    await things().updateOne({ _id: 'a' }, { $set: { colour: 'red' } });
    await things().replaceOne({ _id: 'a' }, { size: 9 });
    await things().deleteOne({ _id: 'a' });
    await eventually(() => expect(events()).toHaveLength(5));
    expect(told()).toEqual([
      'thing.created:size a 1',
      'thing.updated:size a 2',
      'thing.updated:colour a 2',
      'thing.updated:size,colour a 9',
      'thing.deleted:size a',
    ]);
    const versions = events().map(({ version }) => Number(version));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(5);
  });

  it('publishes the state that each change left, however soon the next one came', async () => {
    await start();
    await things().insertOne({ _id: 'a', size: 0 });
    for (let n = 0; n < 50; n += 1) await things().updateOne({ _id: 'a' }, { $inc: { size: 1 } });
    await eventually(() => expect(events()).toHaveLength(51));
    expect(events().map(({ data }) => data.size)).toEqual(Array.from({ length: 51 }, (_, n) => n));
  });

  it("publishes a key's last state of a transaction, within a second though nobody else writes", async () => {
    await start();
    await inTransaction(async (options) => {
      await things().insertOne({ _id: 'a', size: 1 }, options);
      await things().insertOne({ _id: 'b', size: 1 }, options);
      await things().updateOne({ _id: 'a' }, { $set: { size: 2 } }, options);
      await things().insertOne({ _id: 'c' }, options);
      await things().deleteOne({ _id: 'c' }, options);
    });
    await eventually(() => expect(events()).toHaveLength(3), 2_000);
    expect(told().sort()).toEqual(['thing.created a 2', 'thing.created b 1', 'thing.deleted c']);
    expect(new Set(events().map(({ version }) => version)).size).toBe(1);
  });

  it('goes on where it stood, and repeats nothing that it knows to be published', async () => {
    const { stop } = await start();
    await things().insertOne({ _id: 'a', size: 1 });
    await eventually(() => expect(events()).toHaveLength(1));
    await stop();
    await things().insertOne({ _id: 'b', size: 2 });
    await inTransaction(async (options) => {
      await things().deleteOne({ _id: 'a' }, options);
    });
    await start();
    await eventually(() =>
      expect(told()).toEqual(['thing.created a 1', 'thing.created b 2', 'thing.deleted a']),
    );
  });

  it('quarantines what cannot be told in an event, and goes on', async () => {
    await start();
    await things().insertOne({ _id: 'bad', value: { $oid: 'no id' } });
    await things().insertOne({ _id: 'good' });
    await eventually(() => expect(told()).toEqual(['thing.created good']));
    const kept: string[] = [];
    for await (const { key, body } of quarantine.list('capture')) kept.push(`${key} ${body}`);
    expect(kept).toEqual([expect.stringMatching(/^bad .*value\.\$oid.*no id/)]);
  });

  it('turns the images on by itself', async () => {
    await makeCapture();
    const [info] = await open.db.listCollections({ name: 'things' }).toArray();
    expect(info).toMatchObject({ options: { changeStreamPreAndPostImages: { enabled: true } } });
  });

  it('says what to do when there can be no images', async () => {
    await things().drop();
    await expect(makeCapture()).rejects.toMatchObject({
      code: 'images-unavailable',
      message: expect.stringMatching(/no such collection yet.*changeStreamPreAndPostImages/),
    });
  });

  it('stops at an update that was made while the images were off', async () => {
    const { stop } = await start();
    await things().insertOne({ _id: 'a' });
    await eventually(() => expect(events()).toHaveLength(1));
    await stop();
    await open.db.command({ collMod: 'things', changeStreamPreAndPostImages: { enabled: false } });
    await things().updateOne({ _id: 'a' }, { $set: { size: 1 } });
    const { done } = await start();
    await expect(done).rejects.toMatchObject({
      code: 'missing-image',
      message: expect.stringMatching(/things a has no post-image.*Copy it anew\.$/),
    });
  });

  it('stops at a change that MongoDB cannot tell of', async () => {
    const { done } = await start();
    await things().insertOne({ _id: 'a', value: 'x'.repeat(9 * 1024 * 1024) });
    await things().updateOne({ _id: 'a' }, { $set: { size: 1 } });
    await expect(done).rejects.toMatchObject({ code: 'change-too-large' });
  });

  it('stops when the collection is dropped', async () => {
    const { done } = await start();
    await things().drop();
    await expect(done).rejects.toMatchObject({ code: 'collection-gone' });
  });

  it('stops, and says what recovers, when MongoDB no longer knows where it stood', async () => {
    const { stop } = await start();
    await things().insertOne({ _id: 'known' });
    await eventually(() => expect(events()).toHaveLength(1));
    await stop();
    const changes = things().watch();
    await changes.tryNext();
    await things().insertOne({ _id: 'known2' });
    const _data = String(((await changes.next())._id as { _data: string })._data);
    await changes.close();
    const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase();
    // The token of an event that there never was.
    lease.token = JSON.stringify({ _data: _data.replace(hex('known2'), hex('known1')) });
    const { done } = await start();
    await expect(done).rejects.toMatchObject({
      code: 'change-stream-history-lost',
      message: expect.stringContaining('Copy it anew.'),
    });
  });
});
