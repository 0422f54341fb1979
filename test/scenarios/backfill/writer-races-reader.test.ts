import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backfill } from '../../../migrations/backfill/backfill.ts';
import { MemoryCheckpointStore } from '../../../migrations/backfill/checkpoints/memory-checkpoint-store.ts';
import { openRun } from '../../../migrations/backfill/open-run.ts';
import { retryTransient } from '../../../migrations/backfill/retry.ts';
import type { Source } from '../../../migrations/backfill/source.ts';
import { MongoSource } from '../../../migrations/backfill/sources/mongo-source.ts';
import { AdaptiveConcurrency } from '../../../migrations/backfill/throttle/adaptive-concurrency.ts';
import {
  entityKeyOf,
  parseEvents,
  recordOfDocument,
  recordOfEvent,
  systemClock,
  type Transform,
  type VersionedRecord,
} from '../../../services/core/index.ts';
import { Outbox, type OutboxTransaction } from '../../../services/outbox/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import type { VersionedStore } from '../../../services/store/versioned-store.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { createTable } from '../../support/dynamodb-table.ts';
import { freshAws, freshDatabase } from '../../support/engines.ts';
import { thingEntity } from '../../support/things.config.ts';

const transform: Transform = ({ name }) => ({ name });
const reading = { slice: 'entity', transform };

type Change = (tx: OutboxTransaction, id: string) => Promise<unknown>;

const insert: Change = (tx, id) => tx.create(thingEntity, { _id: id, name: 'inserted' }, 'thing.created');
const update: Change = (tx, id) => tx.update(thingEntity, id, { set: { name: 'updated' } }, 'thing.updated');
const remove: Change = (tx, id) => tx.delete(thingEntity, id, 'thing.deleted');

/** Each story: what is there at first, and what the writer does to it, one transaction after the other. */
const STORIES: readonly [string, readonly Change[], readonly Change[]][] = [
  ['inserts', [], [insert]],
  ['updates', [insert], [update]],
  ['deletes', [insert], [remove]],
  ['deletes and re-creates', [insert], [remove, insert]],
  ['inserts and deletes', [], [insert, remove]],
];

const MOMENTS = ['before the read', 'between read and write', 'after the write'] as const;

describe('a backfill that races a writer for a key', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let dynamoDb: DynamoDBClient;
  let outbox: Outbox;
  let store: DynamoDbStore;
  beforeAll(async () => {
    database = await freshDatabase();
    dynamoDb = new DynamoDBClient(freshAws());
    const { client, db } = database;
    outbox = new Outbox({ client, db, clock: systemClock, source: '/test' });
    await outbox.open();
    const table = await createTable(dynamoDb, { partition: 'key' });
    store = new DynamoDbStore({ client: dynamoDb, table, clock: systemClock, mostlyAbsent: true });
  }, 60_000);
  afterAll(async () => {
    dynamoDb.destroy();
    await database.drop();
  });

  const cases = STORIES.flatMap(([name, first, changes]) =>
    MOMENTS.flatMap((moment) =>
      (['at once', 'late and twice'] as const).map((delivery) => ({
        name,
        first,
        changes,
        moment,
        delivery,
      })),
    ),
  );

  it.each(cases)(
    'never leaves an older value when it $name $moment, and the stream delivers $delivery',
    async ({ first, changes, moment, delivery }) => {
      const { db } = database;
      await Promise.all(['things', 'outbox'].map((name) => db.collection(name).deleteMany({})));
      const id = `thing ${++stories}`;
      const key = entityKeyOf(id);
      const watched = neverBackwards(store, key);
      const consume = async () => {
        for (const { event } of await db.collection('outbox').find().sort({ _id: 1 }).toArray()) {
          for (const parsed of parseEvents(event)) {
            await watched.putIfNewer([recordOfEvent(parsed, 'entity', transform)]);
          }
        }
      };
      const change = async (some: readonly Change[]) => {
        for (const one of some) await outbox.transaction((tx) => one(tx, id));
        if (delivery === 'at once') await consume();
      };

      await bystander();
      await change(first);
      const source = new MongoSource({ db, collection: 'things' });
      if (moment === 'before the read') await change(changes);
      const between = moment === 'between read and write' ? () => change(changes) : async () => {};
      await copy(afterEachRead(source, between), watched);
      if (moment === 'after the write') await change(changes);
      if (delivery === 'late and twice') await consume().then(consume);

      expect(await db.collection('outbox').countDocuments()).toBe(first.length + changes.length);
      const [document] = await source.get([key]);
      const [stored] = await store.get([key]);
      if (document) expect(stored).toEqual(recordOfDocument(document, 'entity', transform));
      else expect(stored?.state ?? null).toBeNull();
    },
  );

  let stories = 0;

  /** Somebody else, so that there is always something to read. */
  const bystander = () =>
    database.db
      .collection<{ _id: string; name: string }>('things')
      .insertOne({ _id: 'bystander', name: 'x' });

  const copy = async (source: Source, sink: VersionedStore): Promise<void> => {
    const checkpoints = new MemoryCheckpointStore();
    const signal = new AbortController().signal;
    const run = await openRun({
      checkpoints,
      clock: systemClock,
      plan: 'things',
      restart: false,
      begin: async () => ({
        sourcePosition: await source.now(),
        partitions: await source.partition(1),
      }),
    });
    if (!run) throw new Error('nothing to copy');
    await backfill(
      {
        source,
        store: sink,
        quarantine: new MemoryQuarantine(),
        checkpoints,
        throttles: [],
        concurrency: new AdaptiveConcurrency({ floor: 1, ceiling: 4 }),
        clock: systemClock,
        retry: retryTransient({ repetitions: 0, firstPauseMs: 1, longestPauseMs: 1 }),
        reading,
      },
      run,
      { worker: 'test', batchSize: 10, readers: 1, signal, onTick: () => {} },
    );
  };
});

/** The same source, with a hook between what it hands out and whoever writes that. */
const afterEachRead = (source: MongoSource, hook: () => Promise<void>): Source => ({
  partition: (count) => source.partition(count),
  get: (keys) => source.get(keys),
  now: () => source.now(),
  async *read(...args) {
    for await (const batch of source.read(...args)) {
      await hook();
      yield batch;
    }
  },
});

/** The same store, which fails the test when a put leaves the key at a lower version than it had. */
const neverBackwards = (store: VersionedStore, key: string): VersionedStore => {
  let highest = -1;
  const check = async () => {
    const [stored] = await store.get([key]);
    const version = (stored as VersionedRecord | undefined)?.version ?? -1;
    if (version < highest) throw new Error(`${key} went back from ${highest} to ${version}`);
    highest = version;
  };
  return {
    get: (keys) => store.get(keys),
    scan: () => store.scan(),
    putIfNewer: async (records) => {
      const outcomes = await store.putIfNewer(records);
      await check();
      return outcomes;
    },
  };
};
