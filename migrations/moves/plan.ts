import { z } from 'zod';
import type { EntityDefinition, State, Transform } from '../../services/core/index.ts';
import type { VersionedStore } from '../../services/store/versioned-store.ts';

/** A sink that was opened for one command, and how to let go of it. */
export interface OpenSink<S extends State = State> {
  readonly store: VersionedStore<S>;
  /** Absent where readers find the sink by its own name. Shows them this sink, and no longer the one before it. */
  publish?(): Promise<void>;
  /** Absent where tombstones leave by themselves. Removes those that are older, for good; answers how many. */
  purgeTombstones?(olderThanMs: number): Promise<number>;
  close(): Promise<void>;
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
  readonly protocol: Protocol;
  /** Absent: Banyan starts no consumer, since another deployment does, or since nobody writes to the source. */
  readonly consumer?: ConsumerStack | undefined;
  /** The name under which the plan's stream consumer quarantines; absent where it has none. */
  readonly consumerName?: string | undefined;
  /** Opens the sink with the SDK's own defaults; called once per command. */
  openSink(): OpenSink<S>;
  /** Documents per batch: read, transformed and written together. */
  readonly batchSize: number;
  /** Ranges of keys that are copied and checkpointed independently; a run holds all of them in one value. */
  readonly partitions: number;
  /** Partitions in work at once. */
  readonly concurrency: number;
}

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
  protocol: z.enum(['concurrent', 'copy-then-replay']),
  consumer: z.strictObject({ stack: z.string().min(1), startParameter: z.string().min(1) }).optional(),
  consumerName: z.string().min(1).optional(),
  openSink: z.custom<() => OpenSink>((value) => typeof value === 'function', 'is a function'),
  batchSize: z.int().min(1).max(10_000).default(500),
  partitions: z.int().min(1).max(1_000).default(16),
  concurrency: z.int().min(1).max(256).default(4),
});

/** What `banyan.config.ts` says of a plan; what has a default may be left out. */
export type PlanInput = z.input<typeof planSchema>;
