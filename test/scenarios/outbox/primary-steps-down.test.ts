import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MongoClient } from 'mongodb';
import { type Engine, engineOptions, startMongo } from '../../../infra/local/engines/index.ts';
import { parseEvents } from '../../../services/core/index.ts';
import { positionsOf } from '../../../services/outbox/changes/mongo-position-store.ts';
import { outboxOf } from '../../../services/outbox/index.ts';
import { leasesOf } from '../../../services/outbox/mongo-lease.ts';
import { MongoUnexplainedStore } from '../../../services/outbox/unexplained/index.ts';
import { openOutbox, thingEntity } from '../../integration/outbox/open-outbox.ts';
import { startWriters } from '../../support/busy-writers.ts';
import { freshAws } from '../../support/engines.ts';
import { eventually } from '../../support/eventually.ts';
import { createStream, kinesisClient, readStream } from '../../support/kinesis-stream.ts';
import { plainEntity, startPlainCounter } from '../../support/plain-counter.ts';
import { NOTHING_LOST, publishedEvents } from '../../support/published-events.ts';
import { type RelayProcesses, relayProcesses } from '../../support/relay-processes.ts';

const WITHIN_MS = 60_000;
const WRITES_PER_SECOND = 300;
const SEED = Number(process.env.BANYAN_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

type Open = Awaited<ReturnType<typeof openOutbox>>;

let mongo: Engine;
let open: Open;
let relays: RelayProcesses;
let streams: { things: string; plains: string };
const aws = freshAws();
const kinesis = kinesisClient(aws);

beforeAll(async () => {
  // Of our own, whatever MongoDB the other tests were given: as this machine has it, in containers or as processes.
  const { mongoUri: _, ...options } = engineOptions(process.env, () => {});
  mongo = await startMongo({ ...options, mongoMembers: 3 });
}, 120_000);
afterAll(async () => {
  kinesis.destroy();
  await mongo?.stop();
});

beforeEach(async () => {
  open = await openOutbox({ uri: mongo.address });
  await open.db.createCollection('plains');
  const [things, plains] = await Promise.all([createStream(kinesis), createStream(kinesis)]);
  streams = { things, plains };
  const place = { uri: mongo.address, database: open.db.databaseName, streams };
  relays = await relayProcesses({ db: open.db, aws, ...place, entities: [thingEntity, plainEntity] });
}, 60_000);
afterEach(async () => {
  await relays.close();
  await open.drop();
});

const primaryOf = async (client: MongoClient): Promise<string> =>
  (await client.db('admin').command({ hello: 1 })).primary;

const stepDown = async (client: MongoClient): Promise<void> => {
  await client.db('admin').command({ replSetStepDown: 30, secondaryCatchUpPeriodSecs: 10 });
};

const killPrimary = async (client: MongoClient): Promise<void> => {
  const primary = await primaryOf(client);
  await mongo.members?.find(({ host }) => host === primary)?.kill();
};

/** A write to a published collection that bypasses the outbox. */
const writeBare = (key: string) =>
  eventually(async () => {
    const majority = { upsert: true, writeConcern: { w: 'majority' } } as const;
    await open.things.updateOne({ _id: key }, { $set: { size: 0 } }, majority);
  }, WITHIN_MS);

const nobodyIsBehind = () =>
  eventually(async () => {
    const waiting = await outboxOf(open.db).countDocuments({ acknowledgedAt: null });
    if (waiting > 0) throw new Error(`${waiting} rows wait: ${relays.said()}`);
  }, WITHIN_MS);

/** For each key of the captured collection, the sizes that its stream tells of, each once, as they came. */
const captured = async (): Promise<{ [key: string]: number[] }> => {
  const sizes = new Map<string, Set<number>>();
  for (const { key, data } of await readStream(kinesis, streams.plains)) {
    const seen = sizes.get(key) ?? new Set();
    for (const event of parseEvents(data)) seen.add(Number(event.data.size));
    sizes.set(key, seen);
  }
  return Object.fromEntries([...sizes].map(([key, values]) => [key, [...values]]));
};

/** All that was counted, one by one. */
const counted = async (): Promise<{ [key: string]: number[] }> => {
  const plains = await open.db.collection<{ _id: string; size: number }>('plains').find().toArray();
  return Object.fromEntries(
    plains.map(({ _id, size }) => [_id, Array.from({ length: size }, (_, n) => n + 1)]),
  );
};

const unexplained = async () => {
  const store = new MongoUnexplainedStore({ db: open.db });
  const writes = await store.open({ limit: 1_000, failedBeforeMs: Number.MAX_SAFE_INTEGER });
  return [...new Set(writes.map(({ key }) => key))];
};

describe('a primary that goes while everybody writes', () => {
  beforeEach(async () => {
    relays.start();
    relays.start();
    relays.start('capture', 'plain', '--metrics-port', '0');
    relays.start('unexplained', 'watch', 'things');
    await relays.leader();
    await eventually(async () => {
      const capture = await leasesOf(open.db, '_banyan_capture_plains').findOne({ token: { $ne: null } });
      const watch = await positionsOf(open.db).findOne({ _id: 'unexplained:things' });
      if (!capture || !watch) throw new Error(`capture or watch have not begun: ${relays.said()}`);
    }, WITHIN_MS);
  }, 90_000);

  it.each([
    ['steps down', stepDown],
    ['is killed', killPrimary],
  ])(
    `and %s: nothing is lost, and no unexplained write passes unseen (seed ${SEED})`,
    async (_, depose) => {
      const { client, db, outbox } = open;
      const writers = startWriters({ outbox, seed: SEED, writesPerSecond: WRITES_PER_SECOND });
      const counter = startPlainCounter(db);
      const writtenFurther = async () => {
        const before = writers.committed.length;
        await eventually(() => expect(writers.committed.length).toBeGreaterThan(before + 300), WITHIN_MS);
      };
      try {
        await writeBare('bare-1');
        await writtenFurther();
        const deposed = await primaryOf(client);
        await depose(client);
        await eventually(async () => expect(await primaryOf(client)).not.toBe(deposed), WITHIN_MS);
        await writeBare('bare-2');
        await writtenFurther();
      } finally {
        await Promise.all([writers.stop(), counter.stop()]);
      }
      await writeBare('bare-3');

      await nobodyIsBehind();
      expect(await publishedEvents(db, await readStream(kinesis, streams.things))).toMatchObject(
        NOTHING_LOST,
      );
      const rows = new Set((await open.events()).map(({ subject, version }) => `${subject} ${version}`));
      expect(writers.committed.filter(({ key, version }) => !rows.has(`${key} ${version}`))).toEqual([]);
      await eventually(async () => expect(await captured()).toEqual(await counted()), WITHIN_MS);
      await eventually(async () => expect(await unexplained()).toContain('bare-3'), WITHIN_MS);
      expect(await unexplained()).toEqual(['bare-1', 'bare-2', 'bare-3']);
    },
    180_000,
  );
});
