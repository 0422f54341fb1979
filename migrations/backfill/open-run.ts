import { randomBytes } from 'node:crypto';
import { type Clock, UsageError } from '../../services/core/index.ts';
import { RevisionConflictError } from '../../services/store/control-store.ts';
import type { BackfillRun, CheckpointStore } from './checkpoint-store.ts';
import { NO_COUNTS } from './copy-counts.ts';
import type { Partition } from './source.ts';

/** What a new run starts from, measured once. */
export interface Beginning {
  readonly sourcePosition: string;
  readonly replayFromMs?: number;
  readonly partitions: readonly Partition[];
}

/** What the caller wants to be copied. */
export interface Wanted {
  /** Required. Begin a new run although there is one. */
  readonly restart: boolean;
  /** Absent: everything; `'any'`: whatever the unfinished run copies. */
  readonly filter?: string;
}

export interface OpenRunOptions extends Wanted {
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  readonly plan: string;
  /** Required. Called when there is no run to work on. */
  begin(): Promise<Beginning>;
}

/** What `backfill run` does about the newest run of its plan. */
const decideRun = (run: BackfillRun | undefined, wanted: Wanted): 'begin' | 'join' | 'copied' => {
  if (!run || wanted.restart || run.ended?.as === 'cancelled') return 'begin';
  const same = wanted.filter === 'any' || run.filter === wanted.filter;
  if (run.ended) return same ? 'copied' : 'begin';
  if (same) return 'join';
  const copies = run.filter ? `only what matches ${run.filter}` : 'everything';
  throw new UsageError(
    `the unfinished run of ${run.plan} copies ${copies}: go on with \`banyan backfill resume ${run.plan}\`, or begin another with --restart`,
    { code: 'other-filter' },
  );
};

/**
 * The plan's run to work on: the unfinished one, whoever works on it already, or a new one. Of two processes that
 * begin at once, one wins, and the other joins it. Answers `undefined` when everything is copied already.
 * @throws UsageError `other-filter`
 */
export const openRun = async (options: OpenRunOptions): Promise<BackfillRun | undefined> => {
  const { checkpoints, plan } = options;
  const found = await checkpoints.load(plan);
  const decision = decideRun(found?.value, options);
  if (decision === 'copied') return undefined;
  if (decision === 'join') return found?.value;
  try {
    return await beginRun(options, found?.revision ?? 0);
  } catch (thrown) {
    if (!(thrown instanceof RevisionConflictError)) throw thrown;
    return openRun({ ...options, restart: false });
  }
};

/**
 * Begins a new run in the place of the one at `expectedRevision`.
 * @throws RevisionConflictError when somebody else began one meanwhile.
 */
export const beginRun = async (
  options: Omit<OpenRunOptions, 'restart'>,
  expectedRevision = 0,
): Promise<BackfillRun> => {
  const run = await storePartitions(options, await options.begin());
  await options.checkpoints.save(run, expectedRevision);
  return run;
};

/** The partitions first: whoever sees the run finds all of them. */
const storePartitions = async (
  options: Omit<OpenRunOptions, 'restart'>,
  beginning: Beginning,
): Promise<BackfillRun> => {
  const { plan, filter, clock, checkpoints } = options;
  const startedAtMs = clock.nowMs();
  const { partitions, ...measured } = beginning;
  const run: BackfillRun = {
    ...measured,
    id: `${new Date(startedAtMs).toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`,
    plan,
    startedAtMs,
    ...(filter === undefined || filter === 'any' ? {} : { filter }),
    partitionCount: partitions.length,
    orders: {},
  };
  for (const [number, partition] of partitions.entries()) {
    const untouched = { number, partition, position: null, done: false, ...NO_COUNTS };
    await checkpoints.savePartition(run, untouched, 0);
  }
  return run;
};
