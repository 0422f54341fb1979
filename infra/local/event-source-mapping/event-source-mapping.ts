import { type Clock, messageOf, UsageError } from '../../../services/core/index.ts';
import { CheckpointKeeper } from './checkpoints/checkpoint-keeper.ts';
import { MemoryShardCheckpoints } from './checkpoints/memory-shard-checkpoints.ts';
import type { ShardCheckpoint, ShardCheckpointStore } from './checkpoints/shard-checkpoints.ts';
import type { FailureDestination } from './destinations/failure-destination.ts';
import { Doorbell } from './doorbell.ts';
import type { Invoker } from './invokers/invoker.ts';
import { type MappingCounters, mappingCounters } from './mapping-counters.ts';
import { type MappingConfiguration, type MappingSettings, mappingSettings } from './mapping-settings.ts';
import { planShards } from './plan-shards.ts';
import { type RetryBackoff, retryDelayMs } from './retry-backoff.ts';
import { ShardPoller } from './shard-poller.ts';
import type { Position, StreamReader } from './streams/stream-reader.ts';

const DESCRIBE_EVERY_MS = 10_000;
const AWS_POLL_MS = 1_000;
const DEFAULT_BACKOFF: RetryBackoff = { firstMs: 1_000, mostMs: 60_000 };
const DEFAULT_ROLE = 'arn:aws:iam::000000000000:role/function';

/** A mapping, and what it stands between. */
export interface EventSourceMappingOptions {
  /** Required. As CreateEventSourceMapping takes it; `StartingPosition` has no default. */
  readonly configuration: MappingConfiguration;
  /** Required. */
  readonly stream: StreamReader;
  /** Required. The function: `handlerInvoker(handler)` or `lambdaInvoker(…)`. */
  readonly invoker: Invoker;
  /** Required. */
  readonly clock: Clock;
  /** Optional: without one, discarded records are only counted. */
  readonly destination?: FailureDestination;
  /** Optional: defaults to memory. */
  readonly checkpoints?: ShardCheckpointStore;
  /** Optional: how often an idle shard is read; defaults to Lambda's 1,000 ms. Below 200 ms Kinesis throttles. */
  readonly pollMs?: number;
  /** Optional: defaults to 1 s, doubling up to 60 s. */
  readonly backoff?: RetryBackoff;
  /** Optional: what events carry as `invokeIdentityArn`. */
  readonly roleArn?: string;
}

/** How a mapping goes in one shard. */
export interface ShardStatus {
  readonly shardId: string;
  readonly checkpoint: ShardCheckpoint;
  /** The age of the oldest record that is not done; 0 when the shard is caught up or waits for its parents. */
  readonly iteratorAgeMs: number;
}

/** What a mapping has done since it was made, and how far it is. */
export interface MappingStatus extends Readonly<MappingCounters> {
  /** The configuration's `UUID`. */
  readonly id: string;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly state: 'running' | 'stopped';
  /** Every shard that it knows, also those that wait for their parents or were read to their ends. */
  readonly shards: readonly ShardStatus[];
  /** The largest of the shards'. */
  readonly iteratorAgeMs: number;
}

/**
 * Simulates Lambda's Kinesis event source mapping: reads a stream and feeds a function, by AWS' rules (README.md).
 * Every record is delivered at least once; a partition key's records in their order, up to repeats.
 */
export class EventSourceMapping {
  readonly #options: EventSourceMappingOptions;
  readonly #counters = mappingCounters();
  readonly #keeper: CheckpointKeeper;
  readonly #pollers = new Map<string, ShardPoller>();
  #parts: { settings: MappingSettings; invoker: Invoker; destination: FailureDestination | undefined };
  #retentionMs = Number.POSITIVE_INFINITY;
  #begun = false;
  #stopping = true;
  #bells: Doorbell[] = [];
  #loops: Promise<void>[] = [];
  #planning: Doorbell;

  /** @throws UsageError that lists every problem of the configuration. */
  constructor(options: EventSourceMappingOptions) {
    this.#options = options;
    const settings = mappingSettings(options.configuration, options.clock.nowMs());
    this.#parts = { settings, invoker: options.invoker, destination: options.destination };
    this.#planning = new Doorbell(options.clock);
    this.#keeper = new CheckpointKeeper({
      mappingId: settings.id,
      store: options.checkpoints ?? new MemoryShardCheckpoints(),
      onError: (thrown) => this.#note('saving checkpoints', thrown),
    });
  }

  /**
   * Enables the mapping: from its checkpoints, or the first time from its starting position (LATEST is the moment
   * at which this resolves). Rejects when the stream does not answer; then it may be started again.
   */
  async start(): Promise<void> {
    if (!this.#stopping) return;
    this.#stopping = false;
    this.#planning = this.#bell();
    try {
      this.#begun = await this.#keeper.load();
      await this.#plan();
    } catch (thrown) {
      await this.stop();
      throw thrown;
    }
    this.#loop(() => this.#planAgain(), this.#planning, { firstWaitMs: DESCRIBE_EVERY_MS });
  }

  /** Disables the mapping: waits for what is being delivered, and keeps the checkpoints. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const bell of this.#bells) bell.ring();
    await Promise.all(this.#loops);
    await this.#keeper.flush();
    this.#pollers.clear();
    this.#bells = [];
    this.#loops = [];
  }

  /**
   * Changes the configuration and goes on from the checkpoint. As on AWS, stream and starting position stay.
   * @throws UsageError when the configuration is not valid; nothing was changed.
   */
  async update(
    configuration: MappingConfiguration,
    parts: { readonly invoker?: Invoker; readonly destination?: FailureDestination } = {},
  ): Promise<void> {
    const { id, streamArn, startingPosition } = this.#parts.settings;
    const changed = mappingSettings({ UUID: id, ...configuration }, this.#options.clock.nowMs());
    if (changed.id !== id) throw new UsageError(`${changed.id} is another mapping than ${id}`);
    const wasRunning = !this.#stopping;
    await this.stop();
    this.#parts = { ...this.#parts, ...parts, settings: { ...changed, streamArn, startingPosition } };
    if (wasRunning) await this.start();
  }

  /** As of now; it asks nobody. */
  status(): MappingStatus {
    const { id, functionArn, streamArn } = this.#parts.settings;
    const nowMs = this.#options.clock.nowMs();
    const shards = Object.entries(this.#keeper.checkpoints).map(([shardId, checkpoint]) => ({
      shardId,
      checkpoint,
      iteratorAgeMs: this.#pollers.get(shardId)?.iteratorAgeMs(nowMs) ?? 0,
    }));
    return {
      ...this.#counters,
      id,
      functionArn,
      streamArn,
      state: this.#stopping ? 'stopped' : 'running',
      shards,
      iteratorAgeMs: Math.max(0, ...shards.map((shard) => shard.iteratorAgeMs)),
    };
  }

  async #planAgain(): Promise<number> {
    try {
      await this.#plan();
      return DESCRIBE_EVERY_MS;
    } catch (thrown) {
      this.#note('describing the stream', thrown);
      return retryDelayMs(this.#options.backoff ?? DEFAULT_BACKOFF, 1);
    }
  }

  async #plan(): Promise<void> {
    const { shards, retentionMs } = await this.#options.stream.describe();
    this.#retentionMs = retentionMs;
    for (const [id, poller] of this.#pollers) if (poller.ended) this.#pollers.delete(id);
    const running = new Set(this.#pollers.keys());
    const { startingPosition } = this.#parts.settings;
    const checkpoints = this.#keeper.checkpoints;
    const plan = planShards({ shards, checkpoints, running, begun: this.#begun, startingPosition });
    this.#begun = true;
    this.#keeper.replace(plan.checkpoints);
    await Promise.all(plan.start.map(({ shardId, position }) => this.#begin(shardId, position)));
  }

  async #begin(shardId: string, position: Position): Promise<void> {
    const { stream, clock, pollMs = AWS_POLL_MS, roleArn = DEFAULT_ROLE } = this.#options;
    const bells: Doorbell[] = [];
    const poller: ShardPoller = new ShardPoller({
      ...this.#parts,
      ...{ stream, clock, pollMs, roleArn, shardId, position },
      counters: this.#counters,
      backoff: this.#options.backoff ?? DEFAULT_BACKOFF,
      retentionMs: () => this.#retentionMs,
      onCheckpoint: (checkpoint) => this.#keeper.set(shardId, checkpoint),
      onWork: () => {
        for (const bell of bells) bell.ring();
        if (poller.ended) this.#planning.ring();
      },
    });
    await poller.open();
    this.#pollers.set(shardId, poller);
    for (const part of [poller, ...poller.lanes]) {
      const bell = this.#bell();
      bells.push(bell);
      this.#loop(() => part.step(), bell, { isOver: () => poller.ended });
    }
  }

  #bell(): Doorbell {
    const bell = new Doorbell(this.#options.clock);
    this.#bells.push(bell);
    return bell;
  }

  /** Calls a step when it asks for it or the bell rings, until the mapping stops or `isOver`. */
  #loop(
    step: () => Promise<number>,
    bell: Doorbell,
    { firstWaitMs = 0, isOver = () => false }: { firstWaitMs?: number; isOver?: () => boolean },
  ): void {
    const run = async (): Promise<void> => {
      for (let waitMs = firstWaitMs; ; waitMs = await step()) {
        await bell.wait(waitMs);
        if (this.#stopping || isOver()) return;
      }
    };
    this.#loops.push(run());
  }

  #note(doing: string, thrown: unknown): void {
    this.#counters.lastError = {
      atMs: this.#options.clock.nowMs(),
      message: `${doing}: ${messageOf(thrown)}`,
    };
  }
}
