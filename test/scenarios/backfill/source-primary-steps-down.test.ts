import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Db, MongoClient } from 'mongodb';
import { type Engine, engineOptions, startMongo } from '../../../infra/local/engines/index.ts';
import { backfill } from '../../../migrations/backfill/backfill.ts';
import { MemoryCheckpointStore } from '../../../migrations/backfill/checkpoints/memory-checkpoint-store.ts';
import { openRun } from '../../../migrations/backfill/open-run.ts';
import { retryTransient } from '../../../migrations/backfill/retry.ts';
import { countsOf, statusOf } from '../../../migrations/backfill/run-view.ts';
import { MongoSource } from '../../../migrations/backfill/sources/mongo-source.ts';
import { AdaptiveConcurrency } from '../../../migrations/backfill/throttle/adaptive-concurrency.ts';
import { systemClock } from '../../../services/core/index.ts';
import { MemoryStore } from '../../../services/store/memory-store.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';

const DOCUMENTS = 2_000;

describe('a source whose primary steps down, and is killed, in the middle of a backfill', () => {
  let mongo: Engine;
  let client: MongoClient;
  let db: Db;
  beforeAll(async () => {
    // Of our own, whatever MongoDB the other tests were given.
    const { mongoUri: _, ...options } = engineOptions(process.env, () => {});
    mongo = await startMongo({ ...options, mongoMembers: 3 });
    client = new MongoClient(mongo.address);
    db = client.db('things');
    const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: i as never, name: `thing ${i}` }));
    await db.collection('things').insertMany(documents, { writeConcern: { w: 3 } });
  }, 120_000);
  afterAll(async () => {
    await client?.close();
    await mongo?.stop();
  });

  it('is read on where it was, each document once', async () => {
    const admin = client.db('admin');
    const troubles = [
      () => admin.command({ replSetStepDown: 30, secondaryCatchUpPeriodSecs: 10 }),
      async () => {
        const { primary } = await admin.command({ hello: 1 });
        await mongo.members?.find(({ host }) => host === primary)?.kill();
      },
    ];
    const store = new MemoryStore();
    const put = store.putIfNewer.bind(store);
    const outcomes: string[] = [];
    store.putIfNewer = async (records) => {
      const trouble = outcomes.length > 400 * (3 - troubles.length) ? troubles.shift() : undefined;
      await trouble?.().catch(() => {});
      const done = await put(records);
      outcomes.push(...done.map(String));
      return done;
    };
    const source = new MongoSource({ db, collection: 'things' });
    const checkpoints = new MemoryCheckpointStore();
    const run = await openRun({
      checkpoints,
      clock: systemClock,
      plan: 'things',
      restart: false,
      begin: async () => ({ sourcePosition: await source.now(), partitions: await source.partition(4) }),
    });
    if (!run) throw new Error('there is nothing to copy');
    const view = await backfill(
      {
        source,
        store,
        quarantine: new MemoryQuarantine(),
        checkpoints,
        clock: systemClock,
        retry: retryTransient({ repetitions: 10, firstPauseMs: 100, longestPauseMs: 2_000 }),
        reading: { slice: 'entity', transform: ({ name }) => ({ name }) },
        concurrency: new AdaptiveConcurrency({ floor: 1, ceiling: 1 }),
        throttles: [],
      },
      run,
      { worker: 'test', batchSize: 50, readers: 2, signal: new AbortController().signal, onTick: () => {} },
    );
    expect(troubles).toEqual([]);
    expect(statusOf(view)).toBe('copied');
    expect(countsOf(view)).toEqual({ read: DOCUMENTS, written: DOCUMENTS, stale: 0, rejected: 0 });
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(DOCUMENTS);
  }, 120_000);
});
