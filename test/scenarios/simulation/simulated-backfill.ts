import { backfill } from '../../../migrations/backfill/backfill.ts';
import type { CheckpointStore, PartitionProgress } from '../../../migrations/backfill/checkpoint-store.ts';
import { MemoryCheckpointStore } from '../../../migrations/backfill/checkpoints/memory-checkpoint-store.ts';
import { openRun } from '../../../migrations/backfill/open-run.ts';
import type { Partition, Source } from '../../../migrations/backfill/source.ts';
import { idOfJson } from '../../../migrations/backfill/sources/id-json.ts';
import { AdaptiveConcurrency } from '../../../migrations/backfill/throttle/adaptive-concurrency.ts';
import { entityKeyOf } from '../../../services/core/index.ts';
import type { VersionedStore } from '../../../services/store/versioned-store.ts';
import type { Quarantine } from '../../../services/stream/quarantine.ts';
import type { Flow } from './flow.ts';
import { quarantineOf, transformOf } from './projection.ts';
import { type Random, randomFor } from './random.ts';
import { thing } from './simulated-database.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { SimulatedSource } from './simulated-source.ts';
import type { WorldParts } from './world-parts.ts';

const PARTITIONS = 3;

interface SimulatedBackfillOptions extends WorldParts {
  readonly name: string;
  readonly flow: Flow;
  /** Shared by the workers of one plan. */
  readonly checkpoints: CheckpointStore;
}

/** Starts the workers that copy into a flow's sink; relics need none, since they are captured from their first day. */
export const startBackfills = (flow: Flow, parts: WorldParts): SimulatedBackfill[] => {
  if (flow.projection.entity !== thing) return [];
  const checkpoints = new MemoryCheckpointStore();
  return Array.from({ length: parts.schedule.copiers }, (_, at) => {
    const name = `copy of ${flow.projection.name} ${at}`;
    return new SimulatedBackfill({ ...parts, name, flow, checkpoints });
  });
};

/** A worker of the shipped backfill under a supervisor, which starts it again until everything is copied. */
export class SimulatedBackfill {
  readonly #options: SimulatedBackfillOptions;
  readonly #random: Random;
  #process: SimulatedProcess | undefined;
  #isDone = false;
  #starts = 0;

  constructor(options: SimulatedBackfillOptions) {
    this.#options = options;
    this.#random = randomFor(options.schedule.noise, options.name);
    this.#startIn(options.schedule.copiedAfterMs);
  }

  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  #startIn(ms: number): void {
    this.#process = undefined;
    void this.#options.clock.sleep(ms).then(() => this.#start());
  }

  #start(): void {
    const { clock, conditions, history, name } = this.#options;
    this.#starts += 1;
    const process = new SimulatedProcess({
      ...{ name: `${name}.${this.#starts}`, clock, random: this.#random },
      failures: () => conditions.mongoFailures(),
    });
    this.#process = process;
    process.onDeath(() => this.#startIn(300));
    this.#copy(process).then(
      (done) => {
        this.#isDone = done;
        history.note(`${process.name} ${done ? 'is done' : 'stopped'}`);
        if (!done) this.#startIn(300);
      },
      (thrown: unknown) => {
        history.note(`${process.name} failed: ${String(thrown)}`);
        this.#startIn(300);
      },
    );
  }

  async #copy(process: SimulatedProcess): Promise<boolean> {
    const { flow, quarantine, schedule, conditions, mutant } = this.#options;
    const { projection, sink } = flow;
    const completions = new Completions();
    const source = this.#source(process, completions);
    const checkpoints = this.#checkpoints(process, source, completions);
    const run = await openRun({
      ...{ checkpoints, clock: process, plan: projection.name, restart: false },
      begin: async () => ({
        sourcePosition: await source.now(),
        partitions: await source.partition(PARTITIONS),
      }),
    });
    if (!run) return true;
    const view = await backfill(
      {
        source,
        store: completions.counting(
          mutant === 'unconditional-copy' ? sink.unconditionalAs(process) : sink.as(process),
        ),
        quarantine: mutant === 'reject-dropped' ? dropping : quarantineOf(quarantine, process),
        checkpoints,
        clock: process,
        // What fails ends the worker, and the supervisor tries again.
        retry: (work) => work(),
        reading: { slice: projection.slice, transform: transformOf(projection, () => conditions.isMended) },
        concurrency: new AdaptiveConcurrency({ floor: 2, ceiling: 3 }),
        throttles: [],
      },
      run,
      {
        ...{ worker: process.name, batchSize: Math.min(2, schedule.batchSize), readers: 2 },
        signal: new AbortController().signal,
        onTick: () => undefined,
      },
    );
    return view.run.ended?.as === 'copied';
  }

  #source(process: SimulatedProcess, completions: Completions): Source {
    const { database, mutant } = this.#options;
    return new SimulatedSource({
      ...{ database, process },
      readsUncommitted: mutant === 'read-uncommitted',
      stampsAfterRead: mutant === 'version-after-read',
      rangesAcrossTypes: mutant === 'ids-across-types',
      onRead: (partition, id) => completions.read(partition, id),
    });
  }

  #checkpoints(process: SimulatedProcess, source: Source, completions: Completions): CheckpointStore {
    const { checkpoints, mutant } = this.#options;
    return {
      load: (plan) => process.call(() => checkpoints.load(plan)),
      save: (run, revision) => process.call(() => checkpoints.save(run, revision)),
      partitions: async (run) => {
        const stored = await process.call(() => checkpoints.partitions(run));
        if (mutant !== 'bounds-recomputed') return stored;
        const bounds = await source.partition(PARTITIONS);
        return stored.map((one, at) => {
          const partition = bounds[at] ?? one.value.partition;
          return { ...one, value: { ...one.value, partition } };
        });
      },
      savePartition: (run, progress, revision) =>
        process.call(() => {
          const saved = mutant === 'cursor-by-completions' ? completions.advanced(progress) : progress;
          return checkpoints.savePartition(run, saved, revision);
        }),
    };
  }
}

/** What a cursor goes by that counts completions: so many are done, so it must be the first ones. */
class Completions {
  readonly #read = new Map<string, string[]>();
  readonly #written = new Set<string>();

  read(partition: Partition, id: string): void {
    this.#read.set(partition.id, [...(this.#read.get(partition.id) ?? []), id]);
  }

  counting(store: VersionedStore): VersionedStore {
    return {
      get: (keys) => store.get(keys),
      scan: () => store.scan(),
      putIfNewer: async (records) => {
        const outcomes = await store.putIfNewer(records);
        for (const { key } of records) this.#written.add(key);
        return outcomes;
      },
    };
  }

  advanced(progress: PartitionProgress): PartitionProgress {
    const read = this.#read.get(progress.partition.id) ?? [];
    const done = read.filter((id) => this.#written.has(entityKeyOf(idOfJson(id)))).length;
    const position = read[done - 1] ?? progress.position;
    return { ...progress, position };
  }
}

const dropping: Quarantine = {
  put: async () => undefined,
  async *list() {},
  remove: async () => undefined,
};
