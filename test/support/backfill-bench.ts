import { type BackfillParts, backfill } from '../../migrations/backfill/backfill.ts';
import type { BackfillRun } from '../../migrations/backfill/checkpoint-store.ts';
import { MemoryCheckpointStore } from '../../migrations/backfill/checkpoints/memory-checkpoint-store.ts';
import { claimRun } from '../../migrations/backfill/claim-run.ts';
import { retryTransient } from '../../migrations/backfill/retry.ts';
import { MemorySource } from '../../migrations/backfill/sources/memory-source.ts';
import { unthrottled } from '../../migrations/backfill/throttle/throttle.ts';
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
export const makeBench = (
  documents: readonly SourceDocument[],
  more: Partial<BackfillParts> & { checkpoints?: MemoryCheckpointStore } = {},
) => {
  const source = new MemorySource(documents);
  const store = new MemoryStore();
  const quarantine = new MemoryQuarantine();
  const clock = new VirtualClock();
  const { checkpoints = new MemoryCheckpointStore(), ...replaced } = more;
  const parts: BackfillParts = {
    source,
    store,
    quarantine,
    clock,
    throttle: unthrottled,
    retry: retryTransient({ repetitions: 2, firstPauseMs: 1, longestPauseMs: 1 }),
    reading: { slice: 'entity', transform: nameOf },
    ...replaced,
  };
  return { source, store, quarantine, clock, checkpoints, parts };
};

export type Bench = ReturnType<typeof makeBench>;

export interface BenchRunOptions {
  readonly signal?: AbortSignal;
  readonly restart?: boolean;
  readonly batchSize?: number;
  readonly onAdvance?: (run: BackfillRun) => void;
}

export const claimOn = ({ checkpoints, parts }: Bench, options: BenchRunOptions = {}, owner = 'one:1') =>
  claimRun({
    checkpoints,
    clock: parts.clock,
    plan: PLAN,
    owner,
    restart: options.restart ?? false,
    signal: options.signal ?? new AbortController().signal,
    begin: async () => ({
      sourcePosition: await parts.source.now(),
      partitions: await parts.source.partition(4),
    }),
    onHeld: () => {},
  });

/** Claims and copies, as the command does. */
export const runOn = async (
  bench: Bench,
  options: BenchRunOptions = {},
): Promise<BackfillRun | undefined> => {
  const held = await claimOn(bench, options);
  return (
    held &&
    backfill(bench.parts, held, {
      batchSize: options.batchSize ?? 10,
      concurrency: 2,
      signal: options.signal ?? new AbortController().signal,
      onAdvance: options.onAdvance ?? (() => {}),
    })
  );
};
