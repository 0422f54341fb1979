import { type BackfillOptions, type BackfillParts, backfill } from '../../migrations/backfill/backfill.ts';
import { MemoryCheckpointStore } from '../../migrations/backfill/checkpoints/memory-checkpoint-store.ts';
import { openRun } from '../../migrations/backfill/open-run.ts';
import { retryTransient } from '../../migrations/backfill/retry.ts';
import type { RunView } from '../../migrations/backfill/run-view.ts';
import { MemorySource } from '../../migrations/backfill/sources/memory-source.ts';
import { AdaptiveConcurrency } from '../../migrations/backfill/throttle/adaptive-concurrency.ts';
import { type SourceDocument, type Transform, VirtualClock } from '../../services/core/index.ts';
import { MemoryStore } from '../../services/store/memory-store.ts';
import { MemoryQuarantine } from '../../services/stream/memory-quarantine.ts';

export const PLAN = 'things';

/** Documents that say `bad: true` are rejected; a name is the whole state. */
const nameOf: Transform = ({ name, bad, hidden }) => {
  if (bad) throw new Error('is bad');
  return hidden ? null : { name };
};

export const things = (count: number, more: object = {}): SourceDocument[] =>
  Array.from({ length: count }, (_, i) => ({
    _id: i,
    name: `thing ${i}`,
    _banyan: { entity: 100 + i },
    ...more,
  }));

/** A backfill whose every part is in memory, and can be replaced. */
export const makeBench = (documents: readonly SourceDocument[], more: Partial<BackfillParts> = {}) => {
  const source = new MemorySource(documents);
  const store = new MemoryStore();
  const quarantine = new MemoryQuarantine();
  const clock = new VirtualClock();
  const checkpoints = new MemoryCheckpointStore();
  const parts: BackfillParts = {
    source,
    store,
    quarantine,
    clock,
    checkpoints,
    concurrency: new AdaptiveConcurrency({ floor: 4, ceiling: 4 }),
    throttles: [],
    retry: retryTransient({ repetitions: 2, firstPauseMs: 1, longestPauseMs: 1 }),
    reading: { slice: 'entity', transform: nameOf },
    ...more,
  };
  return { source, store, quarantine, clock, checkpoints: parts.checkpoints, parts };
};

export type Bench = ReturnType<typeof makeBench>;

export interface BenchRunOptions extends Partial<BackfillOptions> {
  readonly restart?: boolean;
  readonly filter?: string;
}

/** The run to work on, as the command finds or begins it. */
export const openOn = ({ checkpoints, parts }: Bench, options: BenchRunOptions = {}) =>
  openRun({
    checkpoints,
    clock: parts.clock,
    plan: PLAN,
    restart: options.restart ?? false,
    ...(options.filter === undefined ? {} : { filter: options.filter }),
    begin: async () => ({
      sourcePosition: await parts.source.now(),
      partitions: await parts.source.partition(4),
    }),
  });

/** Opens and copies, as the command does; `undefined` when all is copied already. */
export const runOn = async (bench: Bench, options: BenchRunOptions = {}): Promise<RunView | undefined> => {
  const { restart: _r, filter: _f, ...given } = options;
  const run = await openOn(bench, options);
  return (
    run &&
    backfill(bench.parts, run, {
      worker: 'one:1',
      batchSize: 10,
      readers: 2,
      signal: new AbortController().signal,
      onTick: () => {},
      ...given,
    })
  );
};
