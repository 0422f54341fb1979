import { MongoClient } from 'mongodb';
import { backfill } from '../../../migrations/backfill/backfill.ts';
import { MemoryCheckpointStore } from '../../../migrations/backfill/checkpoints/memory-checkpoint-store.ts';
import { beginRun } from '../../../migrations/backfill/open-run.ts';
import { readersOf } from '../../../migrations/backfill/readers.ts';
import { retryTransient } from '../../../migrations/backfill/retry.ts';
import { countsOf } from '../../../migrations/backfill/run-view.ts';
import { MongoSource } from '../../../migrations/backfill/sources/mongo-source.ts';
import { AdaptiveConcurrency } from '../../../migrations/backfill/throttle/adaptive-concurrency.ts';
import { fieldsOf, type Plan } from '../../../migrations/moves/plan.ts';
import { pick, systemClock, type Transform, wholeDocument } from '../../../services/core/index.ts';
import type { VersionedStore } from '../../../services/store/versioned-store.ts';
import { MemoryQuarantine } from '../../../services/stream/memory-quarantine.ts';
import { serveParent } from '../child.ts';

export interface ReadInput {
  readonly contender: keyof typeof CONTENDERS;
  readonly mongoUri: string;
  readonly database: string;
}

export interface ReadResult {
  readonly documents: number;
  readonly elapsedMs: number;
}

const BATCH = 500;
const FIELDS = ['username', 'firstName', 'lastName', 'followerCount'] as const;

/** The driver's own cursor, which decodes every document. */
const decodedCursor = async (client: MongoClient, database: string): Promise<number> => {
  const options = { batchSize: BATCH, sort: { _id: 1 }, hint: { _id: 1 } } as const;
  let documents = 0;
  for await (const _ of client.db(database).collection('users').find({}, options)) documents += 1;
  return documents;
};

const nowhere: VersionedStore = {
  putIfNewer: async (records) => records.map(() => 'written'),
  get: async (keys) => keys.map(() => undefined),
  scan: async function* () {},
};

const byFunction: Transform = ({ username, firstName, lastName, followerCount }) => ({
  username,
  firstName,
  lastName,
  followerCount,
});

/** A whole backfill, bounds and checkpoints included, into a sink that takes everything. */
const copying =
  (plan: Pick<Plan, 'transform' | 'fields'>) => async (client: MongoClient, database: string) => {
    const { transform } = plan;
    const fields = fieldsOf(plan);
    const source = new MongoSource({ db: client.db(database), collection: 'users', fields });
    const checkpoints = new MemoryCheckpointStore();
    const begin = async () => ({
      sourcePosition: await source.now(),
      partitions: await source.partition(16),
    });
    const run = await beginRun({ checkpoints, clock: systemClock, plan: 'bench', begin });
    const view = await backfill(
      {
        source,
        store: nowhere,
        quarantine: new MemoryQuarantine(),
        checkpoints,
        clock: systemClock,
        retry: retryTransient({ repetitions: 0, firstPauseMs: 1, longestPauseMs: 1 }),
        reading: { slice: 'entity', transform, fields },
        concurrency: new AdaptiveConcurrency({ floor: 1, ceiling: 16 }),
        throttles: [],
      },
      run,
      {
        worker: 'bench',
        batchSize: BATCH,
        readers: readersOf({ concurrency: 4, transform }),
        signal: new AbortController().signal,
        onTick: () => {},
      },
    );
    return countsOf(view).read;
  };

const CONTENDERS = {
  'decoded-cursor': decodedCursor,
  pick: copying({ transform: pick(...FIELDS) }),
  whole: copying({ transform: wholeDocument }),
  function: copying({ transform: byFunction }),
  'function-of-fields': copying({ transform: byFunction, fields: FIELDS }),
};

/** Reads the collection once, once it is told to. */
await serveParent<ReadInput, null, ReadResult>(async ({ contender, mongoUri, database }, parent) => {
  const client = new MongoClient(mongoUri);
  await client.connect();
  await parent.ready(null);
  const beganAtMs = performance.now();
  const documents = await CONTENDERS[contender](client, database);
  const elapsedMs = performance.now() - beganAtMs;
  await client.close();
  return { documents, elapsedMs };
});
