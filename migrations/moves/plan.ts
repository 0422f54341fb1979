import { z } from 'zod';
import type {
  EntityDefinition,
  RejectError,
  State,
  Transform,
  VersionedRecord,
} from '../../services/core/index.ts';
import { passedFields } from '../../services/core/passing-transform.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';

/** A sink that was opened for one command, and how to let go of it. */
export interface OpenSink<S extends State = State> {
  /** Absent where the plan can fill no sink but one. Of the table or index that was opened: `into` where that was given. */
  readonly name?: string;
  readonly store: VersionedStore<S>;
  /** Absent where readers find the sink by its own name. Shows them this sink, and no longer the one before it. */
  publish?(): Promise<void>;
  /** Absent where tombstones leave by themselves. Removes those that are older, for good; answers how many. */
  purgeTombstones?(olderThanMs: number): Promise<number>;
  /** Absent where only a write can tell. Why the sink can never take a record, for a copy that writes nothing. */
  check?(record: VersionedRecord<S>): RejectError | undefined;
  /** Absent where nothing is known of it. What the sink takes, for a forecast. */
  capacity?(): Promise<SinkCapacity>;
  close(): Promise<void>;
}

/** What a sink takes, in its own unit. */
export type SinkCapacity = {
  /** Absent: nobody knows. */
  readonly unitsPerSecond?: number;
  /** What sets that number, for people. */
  readonly limit: string;
} & (
  | { readonly unit: 'write units'; readonly dollarsPerMillion?: number }
  | { readonly unit: 'batches'; readonly documentsPerBatch: number; readonly bytesPerBatch?: number }
);

/** What a sink may tell whoever writes into it. */
export interface SinkSignals {
  /** The sink said that it is too busy, whether or not the call is repeated: the copy slows down. */
  onBusy(): void;
}

/** What a plan's sink is opened with. */
export interface SinkRequest extends SinkSignals {
  /** Absent: the sink that the plan fills at present. The name of a fresh one, which is opened instead. */
  readonly into?: string;
}

/** How many batches a worker writes at once: it finds its own number between the two. */
export interface BatchesAtOnce {
  readonly floor: number;
  readonly ceiling: number;
}

/** From where on a copy waits for its source. */
export interface SourceLimits {
  /** By how much the slowest healthy secondary may be behind. */
  readonly replicationLagMs: number;
  /** Of those that the source allows, from 0 to 1. */
  readonly connectionsShare: number;
  readonly queuedOperations: number;
  /** Of a worker's own reads of a batch, over the last ten seconds. */
  readonly readP99Ms: number;
}

/**
 * How a backfill and the stream share the sink. `concurrent`: both at once, under the sink's own conditions.
 * `copy-then-replay`: copy first, then the stream from the moment the copy began (a sink without conditions).
 */
export type Protocol = 'concurrent' | 'copy-then-replay';

/** The CloudFormation stack that holds a plan's event source mapping, and the parameter that starts it. */
export interface ConsumerStack {
  readonly stack: string;
  /** A parameter in Unix seconds, `0` while the mapping does not exist. */
  readonly startParameter: string;
}

/** One feature's copy: what is read, what becomes of it, and where it goes. */
export interface Plan<S extends State = State> {
  readonly entity: EntityDefinition;
  /** The slice whose version orders the sink's records: `entity` for a projection. */
  readonly slice: string;
  readonly transform: Transform<S>;
  /**
   * The top-level fields that the transform reads; absent: any, unless it says so itself, as `pick` does. The copy
   * fetches only these, and is quicker.
   */
  readonly fields?: readonly string[] | undefined;
  readonly protocol: Protocol;
  /** Absent: Banyan starts no consumer, since another deployment does, or since nobody writes to the source. */
  readonly consumer?: ConsumerStack | undefined;
  /** The name under which the plan's stream consumer quarantines; absent where it has none. */
  readonly consumerName?: string | undefined;
  /** Opens the sink with the SDK's own defaults; called once per command. */
  openSink(request: SinkRequest): OpenSink<S> | Promise<OpenSink<S>>;
  /** Documents per batch: read, transformed and written together. */
  readonly batchSize: number;
  /** Ranges of keys that are copied and checkpointed independently, and shared by all who work on a run. */
  readonly partitions: number;
  /** Partitions that one process compares at once; a copy reads at most two. */
  readonly concurrency: number;
  readonly batchesAtOnce: BatchesAtOnce;
  readonly sourceLimits: SourceLimits;
  /** Absent: the copy does not look at the stream. By how much the stream may be behind before the copy waits. */
  readonly maxStreamLagMs?: number | undefined;
  /** How far the stream is behind; absent: how long the outbox's oldest row waits for the relay. */
  readonly streamLagMs?: (() => Promise<number>) | undefined;
}

/** The top-level fields that a plan's transform reads, by its own account or the plan's; `undefined`: any. */
export const fieldsOf = ({ transform, fields }: Pick<Plan, 'transform' | 'fields'>): Plan['fields'] => {
  const passed = passedFields(transform);
  if (passed === undefined) return fields;
  return passed === 'all' ? undefined : passed;
};

export const entitySchema = z.strictObject({
  name: z.string().min(1),
  collection: z.string().min(1),
  stream: z.string().min(1),
  slices: z.record(z.string(), z.array(z.string()).readonly()),
});

export const planSchema = z.strictObject({
  entity: entitySchema,
  slice: z.string().min(1).default('entity'),
  transform: z.custom<Transform>((value) => typeof value === 'function', 'is a function'),
  fields: z.array(z.string().min(1)).readonly().optional(),
  protocol: z.enum(['concurrent', 'copy-then-replay']),
  consumer: z.strictObject({ stack: z.string().min(1), startParameter: z.string().min(1) }).optional(),
  consumerName: z.string().min(1).optional(),
  openSink: z.custom<(request: SinkRequest) => OpenSink | Promise<OpenSink>>(
    (value) => typeof value === 'function',
    'is a function',
  ),
  batchSize: z.int().min(1).max(10_000).default(500),
  partitions: z.int().min(1).max(1_000).default(16),
  concurrency: z.int().min(1).max(256).default(4),
  batchesAtOnce: z
    .strictObject({ floor: z.int().min(1), ceiling: z.int().min(1).max(1_000) })
    .refine(({ floor, ceiling }) => floor <= ceiling, 'the floor is not above the ceiling')
    .default({ floor: 1, ceiling: 16 }),
  sourceLimits: z
    .strictObject({
      replicationLagMs: z.number().positive().default(10_000),
      connectionsShare: z.number().positive().max(1).default(0.9),
      queuedOperations: z.int().min(0).default(100),
      readP99Ms: z.number().positive().default(5_000),
    })
    .prefault({}),
  maxStreamLagMs: z.number().positive().optional(),
  streamLagMs: z.custom<() => Promise<number>>((value) => typeof value === 'function').optional(),
});

/** What `banyan.config.ts` says of a plan; what has a default may be left out. */
export type PlanInput = z.input<typeof planSchema>;
