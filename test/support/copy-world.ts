import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type BackfillOptions, type BackfillParts, backfill } from '../../migrations/backfill/backfill.ts';
import { ControlCheckpointStore } from '../../migrations/backfill/checkpoints/control-checkpoint-store.ts';
import { openRun } from '../../migrations/backfill/open-run.ts';
import { loadView, type RunView } from '../../migrations/backfill/run-view.ts';
import { MongoSource } from '../../migrations/backfill/sources/mongo-source.ts';
import { AdaptiveConcurrency } from '../../migrations/backfill/throttle/adaptive-concurrency.ts';
import {
  type Clock,
  entityKeyOf,
  parseEvents,
  recordOfDocument,
  recordOfEvent,
  type SourceDocument,
  systemClock,
  type Transform,
  type VersionedRecord,
} from '../../services/core/index.ts';
import { Outbox, type OutboxTransaction, outboxOf } from '../../services/outbox/index.ts';
import { DynamoDbControlStore } from '../../services/store/dynamodb-control-store.ts';
import { DynamoDbStore } from '../../services/store/dynamodb-store.ts';
import type { PutOutcome, VersionedStore } from '../../services/store/versioned-store.ts';
import { MemoryQuarantine } from '../../services/stream/memory-quarantine.ts';
import { createTable } from './dynamodb-table.ts';
import { freshAws, freshDatabase } from './engines.ts';
import type { CopyPorts } from './mortal-process.ts';
import { thingEntity } from './things.config.ts';

const transform: Transform = ({ name }) => ({ name });

export const COPY_READING = { slice: 'entity', transform };

export interface CopyOptions extends Partial<CopyPorts> {
  /** Optional: defaults to another one each time. */
  readonly worker?: string;
  /** Optional: defaults to 10. */
  readonly batchSize?: number;
  /** Optional: defaults to 2. */
  readonly partitions?: number;
  readonly restart?: boolean;
  /** Optional: defaults to none. */
  readonly retry?: BackfillParts['retry'];
  readonly onTick?: BackfillOptions['onTick'];
}

/**
 * A collection behind an outbox, its table, and the shipped backfill between the two, in this process: whoever needs
 * an interleaving forces it. The stream is as quick as `consume` is called.
 */
export const openCopyWorld = async (options: { writersClock?: Clock } = {}) => {
  const { client, db, drop } = await freshDatabase();
  const aws = freshAws();
  const dynamoDb = new DynamoDBClient(aws);
  const [table, controlTable] = await Promise.all([
    createTable(dynamoDb, { partition: 'key' }),
    createTable(dynamoDb, { partition: 'pk', sort: 'sk' }),
  ]);
  const outboxBy = async (clock: Clock) => {
    const outbox = new Outbox({ client, db, clock, source: '/test' });
    await outbox.open();
    return outbox;
  };
  const outbox = await outboxBy(options.writersClock ?? systemClock);
  const clock = systemClock;
  const source = new MongoSource({ db, collection: 'things' });
  const store = neverBackwards(new DynamoDbStore({ client: dynamoDb, table, clock, mostlyAbsent: true }));
  const checkpoints = new ControlCheckpointStore({
    control: new DynamoDbControlStore({ client: dynamoDb, table: controlTable, clock }),
  });
  const quarantine = new MemoryQuarantine();
  let copies = 0;

  const copy = async (given: CopyOptions = {}): Promise<RunView | undefined> => {
    copies += 1;
    const ports: CopyPorts = { source, store, checkpoints, quarantine, clock, ...given };
    const run = await openRun({
      ...ports,
      plan: 'things',
      restart: given.restart ?? false,
      begin: async () => ({
        sourcePosition: await ports.source.now(),
        partitions: (await ports.source.partition(given.partitions ?? 2)).filter(isNotEmpty),
      }),
    });
    if (!run) return undefined;
    const parts: BackfillParts = {
      ...ports,
      reading: COPY_READING,
      throttles: [],
      concurrency: new AdaptiveConcurrency({ floor: 1, ceiling: 1 }),
      retry: given.retry ?? ((work) => work()),
    };
    return backfill(parts, run, {
      worker: given.worker ?? `worker ${copies}`,
      batchSize: given.batchSize ?? 10,
      readers: 1,
      signal: new AbortController().signal,
      onTick: given.onTick ?? (() => {}),
    });
  };

  return {
    ...{ aws, db, dynamoDb, table, outbox, outboxBy, source, store, checkpoints, quarantine, copy },
    insert: (documents: readonly SourceDocument[]) =>
      db.command({ insert: 'things', documents, writeConcern: { w: 'majority' } }),
    view: () => loadView(checkpoints, 'things'),
    /** Everything that was published so far comes to the table, in its order; answers what became of it. */
    consume: async (): Promise<PutOutcome[]> => {
      const outcomes: PutOutcome[] = [];
      for (const { event } of await outboxOf(db).find().sort({ $natural: 1 }).toArray()) {
        for (const parsed of parseEvents(event)) {
          outcomes.push(...(await store.putIfNewer([recordOfEvent(parsed, 'entity', transform)])));
        }
      }
      return outcomes;
    },
    /** Every key that is not in the table as it is in the collection. */
    differences: async (): Promise<string[]> => {
      const documents = await db.collection<SourceDocument>('things').find().toArray();
      const wanted = new Map(
        documents.map((one) => [entityKeyOf(one._id), recordOfDocument(one, 'entity', transform)]),
      );
      const held = new Map<string, VersionedRecord>();
      for await (const page of store.scan()) for (const record of page) held.set(record.key, record);
      return [...new Set([...wanted.keys(), ...held.keys()])].filter(
        (key) => JSON.stringify(sorted(wanted.get(key))) !== JSON.stringify(sorted(held.get(key))),
      );
    },
    close: async () => {
      dynamoDb.destroy();
      await drop();
    },
  };
};

export type CopyWorld = Awaited<ReturnType<typeof openCopyWorld>>;

/** What applications do to one document, in a transaction with its event. */
export const changes = {
  create:
    (_id: unknown, name = 'created') =>
    (tx: OutboxTransaction) =>
      tx.create(thingEntity, { _id, name }, 'thing.created'),
  update:
    (id: unknown, name = 'updated') =>
    (tx: OutboxTransaction) =>
      tx.update(thingEntity, id, { set: { name } }, 'thing.updated'),
  delete: (id: unknown) => (tx: OutboxTransaction) => tx.delete(thingEntity, id, 'thing.deleted'),
};

/** `count` documents, as what an application wrote before it had an outbox. */
export const oldThings = (count: number): SourceDocument[] =>
  Array.from({ length: count }, (_, n) => ({ _id: oldId(n), name: `thing ${n}` }));

/** In the order of a copy. */
export const oldId = (n: number): string => `old-${String(n).padStart(4, '0')}`;

/** What may hold documents, unless a bracket of ids was empty: a copy of few documents need not look into a dozen of them. */
const isNotEmpty = ({ estimated }: { estimated: number }): boolean => estimated > 0;

/** The same store, whose puts throw when they leave a key at a lower version than it had. */
const neverBackwards = (store: VersionedStore): VersionedStore => {
  const highest = new Map<string, number>();
  return {
    get: (keys) => store.get(keys),
    scan: () => store.scan(),
    putIfNewer: async (records) => {
      const outcomes = await store.putIfNewer(records);
      const keys = [...new Set(records.map(({ key }) => key))];
      const stored = await store.get(keys);
      for (const [at, key] of keys.entries()) {
        const [before, now] = [highest.get(key) ?? -1, stored[at]?.version ?? -1];
        if (now < before) throw new Error(`${key} went back from ${before} to ${now}`);
        highest.set(key, now);
      }
      return outcomes;
    },
  };
};

const sorted = (record: VersionedRecord | undefined) =>
  record && { ...record, state: record.state && Object.entries(record.state).sort() };
