import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseEvents, systemClock } from '../../../services/core/index.ts';
import {
  type EventStream,
  LeaseLostError,
  MongoLease,
  MongoOutboxFeed,
  outboxOf,
  Relay,
  type RelayEvent,
  readRelayStatus,
  relaySettings,
} from '../../../services/outbox/index.ts';
import { KinesisEventStream } from '../../../services/outbox/kinesis-event-stream.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { openOutbox, thingEntity } from './open-outbox.ts';

const kinesis = kinesisClient();
afterAll(() => kinesis.destroy());

const settings = relaySettings({
  sweepEveryMs: 200,
  sweepAfterMs: 500,
  renewEveryMs: 100,
  leaseTtlMs: 1_000,
  standByMs: 100,
});

let open: Awaited<ReturnType<typeof openOutbox>>;
let things: string;
let stream: EventStream;
const stops: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  open = await openOutbox();
  things = await createStream(kinesis, 2);
  stream = new KinesisEventStream({ client: kinesis, names: { things } });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await open.drop();
});

const start = (holder: string, parts: { stream?: EventStream } = {}) => {
  const events: RelayEvent[] = [];
  const { db } = open;
  const relay = new Relay({
    feed: new MongoOutboxFeed({ db, clock: systemClock }),
    lease: new MongoLease({ db, ttlMs: settings.leaseTtlMs }),
    stream: parts.stream ?? stream,
    quarantine: new MemoryQuarantine(),
    clock: systemClock,
    random: Math.random,
    settings,
    observe: (event) => events.push(event),
    holder,
  });
  const stopping = new AbortController();
  const done = relay.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return done;
  };
  stops.push(stop);
  return { relay, events, stop };
};

const create = (id: string) =>
  open.outbox.transaction((tx) => tx.create(thingEntity, { _id: id, size: 0 }, 'thing.created'));
const grow = (id: string) =>
  open.outbox.transaction((tx) => tx.update(thingEntity, id, { inc: { size: 1 } }, 'thing.grown'));

/** What the stream has for a key, in order: the sizes that its events tell of, `gone` for a tombstone. */
const received = async (key: string): Promise<(number | 'gone')[]> =>
  (await readStream(kinesis, things))
    .filter((entry) => entry.key === key)
    .flatMap(({ data }) => parseEvents(data))
    .map((event) => (event.deleted ? 'gone' : (event.data.size as number)));

const allAcknowledged = () =>
  eventually(async () => expect(await outboxOf(open.db).countDocuments({ acknowledgedAt: null })).toBe(0));

const leading = ({ relay }: { relay: Relay }) =>
  eventually(() => expect(relay.progress.state).toBe('leading'));

describe('Relay on MongoDB and Kinesis', () => {
  it('carries creations, updates and deletions to the stream in order, and acknowledges them', async () => {
    await create('a');
    await grow('a');
    const { relay } = start('r1');
    await eventually(async () => expect(await received('a')).toEqual([0, 1]));
    await create('b');
    await grow('b');
    await open.outbox.transaction((tx) => tx.delete(thingEntity, 'b', 'thing.deleted'));
    await eventually(async () => expect(await received('b')).toEqual([0, 1, 'gone']));
    await allAcknowledged();
    expect(await relay.status()).toMatchObject({ state: 'leading', lag: { rows: 0, seconds: 0 } });
    expect(await readRelayStatus({ db: open.db, clock: systemClock })).toMatchObject({
      leader: 'r1',
      epoch: 1,
      lagRows: 0,
      oldestUnacknowledgedAtMs: null,
    });
  }, 30_000);

  it('goes on after a stop where it was, without loss or repetition', async () => {
    const first = start('r1');
    await leading(first);
    await create('a');
    await allAcknowledged();
    await first.stop();
    expect(await readRelayStatus({ db: open.db, clock: systemClock })).toMatchObject({ leader: null });
    await grow('a');
    await grow('a');
    expect(await readRelayStatus({ db: open.db, clock: systemClock })).toMatchObject({ lagRows: 2 });
    start('r2');
    await eventually(async () => expect(await received('a')).toEqual([0, 1, 2]));
    await allAcknowledged();
  }, 30_000);

  it('publishes again, by its successor, what a leader sent and did not acknowledge before it died', async () => {
    const { promise: death, resolve: die } = Promise.withResolvers<never>();
    const dying: EventStream = {
      send: async (name, entries) => {
        await stream.send(name, entries);
        return death;
      },
    };
    const first = start('r1', { stream: dying });
    stops.unshift(async () => die(Promise.reject(new Error('dead'))));
    await leading(first);
    await create('a');
    await eventually(async () => expect(await received('a')).toEqual([0]));
    // Nobody renews any more, nor ends in good order: the lease runs out.
    await open.db.collection('_banyan_relay').updateOne({}, { $inc: { epoch: 1 } });
    start('r2');
    await eventually(async () => expect(await received('a')).toEqual([0, 0]));
    await allAcknowledged();
  }, 30_000);

  it('sweeps up a row that the token has passed', async () => {
    const first = start('r1');
    await leading(first);
    await create('a');
    await allAcknowledged();
    await first.stop();
    // As when a row commits late, or is restored: it is there, and the stream does not tell of it.
    await outboxOf(open.db).updateOne({}, { $set: { acknowledgedAt: null } });
    const second = start('r2');
    await eventually(async () => expect(await received('a')).toEqual([0, 0]));
    expect(second.relay.progress.counts.sweptRows).toBe(1);
    await allAcknowledged();
  }, 30_000);

  it('lets another one take over once its lease has ended, and refuses the token of the one that was paused', async () => {
    const lease = new MongoLease({ db: open.db, ttlMs: settings.leaseTtlMs });
    const paused = await lease.acquire('paused');
    if (!paused) throw new Error('no lease');
    const next = start('next');
    await leading(next);
    await expect(lease.renew(paused, 'stale')).rejects.toBeInstanceOf(LeaseLostError);
    await create('a');
    await eventually(async () => expect(await received('a')).toEqual([0]));
  }, 30_000);

  it('publishes a burst of many keys and one hot key in order', async () => {
    start('r1');
    await create('hot');
    const others = Array.from({ length: 100 }, (_, n) => create(`k${n}`));
    for (let n = 0; n < 50; n += 1) await grow('hot');
    await Promise.all(others);
    await allAcknowledged();
    expect(await received('hot')).toEqual(Array.from({ length: 51 }, (_, n) => n));
    expect(await received('k99')).toEqual([0]);
  }, 30_000);
});
