import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MongoClient } from 'mongodb';
import { retryTransient } from '../../../migrations/backfill/retry.ts';
import { MongoSource } from '../../../migrations/backfill/sources/mongo-source.ts';
import { MemoryChangedKeys } from '../../../migrations/verify/memory-changed-keys.ts';
import { readAll } from '../../../migrations/verify/read-all.ts';
import { verify } from '../../../migrations/verify/verifier.ts';
import type { VerifyMode, VerifyParts } from '../../../migrations/verify/verify-parts.ts';
import { verdictOf } from '../../../migrations/verify/verify-result.ts';
import { systemClock } from '../../../services/core/index.ts';
import { DynamoDbStore } from '../../../services/store/dynamodb-store.ts';
import { serveParent } from '../child.ts';
import { profileReading } from './profile-reading.ts';

export interface VerifyInput {
  readonly contender: keyof typeof CONTENDERS;
  readonly mongoUri: string;
  readonly database: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly table: string;
}

export interface VerifyChildResult {
  readonly documents: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly peakRssMb: number;
}

/** As the example's plan compares. */
const WAY = { partitions: 16, concurrency: 4, chunkSize: 500 };
const signal = new AbortController().signal;

/** Resolves with the number of documents. */
type Read = (parts: VerifyParts) => Promise<number>;

/** Both sides at once, by the calls of a comparison, and nothing done with what was read. */
const readBoth: Read = async (parts) => {
  let documents = 0;
  const source = readAll({
    ...parts,
    ...WAY,
    signal,
    onDocuments: async (read) => {
      documents += read.length;
    },
  });
  let items = 0;
  const sink = async () => {
    for await (const page of parts.store.scan()) items += page.length;
  };
  await Promise.all([source, sink()]);
  if (items !== documents) throw new Error(`the sink has ${items} items, the source ${documents}`);
  return documents;
};

const comparing =
  (mode: VerifyMode): Read =>
  async (parts) => {
    const way = { ...WAY, versionsFrom: 'document', settleMs: 1_000, onProgress: () => {} } as const;
    const result = await verify(parts, { ...way, plan: 'bench', mode, signal });
    if (verdictOf(result) !== 'equal') throw new Error(`not equal: ${JSON.stringify(result.kinds)}`);
    return result.compared;
  };

const CONTENDERS = {
  'read-both': readBoth,
  checksum: comparing({ kind: 'checksum', buckets: 65_536 }),
  full: comparing({ kind: 'full' }),
};

/** Compares, or only reads, all of it once, when it is told to. */
await serveParent<VerifyInput, null, VerifyChildResult>(async (input, parent) => {
  const mongo = await new MongoClient(input.mongoUri).connect();
  const client = new DynamoDBClient({
    endpoint: input.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: input.accessKeyId, secretAccessKey: 'bench' },
    maxAttempts: 1,
  });
  const of = { db: mongo.db(input.database), collection: 'users' };
  const parts: VerifyParts = {
    source: new MongoSource({ ...of, fields: profileReading.fields }),
    keySource: new MongoSource({ ...of, fields: [] }),
    store: new DynamoDbStore({ client, table: input.table, clock: systemClock }),
    floors: { of: async (keys) => keys.map(() => undefined) },
    changedKeys: new MemoryChangedKeys(),
    reading: profileReading,
    clock: systemClock,
    retry: retryTransient({ repetitions: 0, firstPauseMs: 1, longestPauseMs: 1 }),
    quarantined: async function* () {},
  };
  await parent.ready(null);
  const beganCpu = process.cpuUsage();
  const beganAtMs = performance.now();
  const documents = await CONTENDERS[input.contender](parts);
  const elapsedMs = performance.now() - beganAtMs;
  const { user, system } = process.cpuUsage(beganCpu);
  client.destroy();
  await mongo.close();
  const peakRssMb = process.resourceUsage().maxRSS / 1_024;
  return { documents, elapsedMs, cpuMs: (user + system) / 1_000, peakRssMb };
});
