import type {
  BackfillRun,
  CheckpointStore,
  CopyCounts,
  PartitionProgress,
  Worker,
} from './checkpoint-store.ts';
import { addCounts, NO_COUNTS } from './copy-counts.ts';

/** A run and how far its partitions are. */
export interface RunView {
  readonly run: BackfillRun;
  readonly partitions: readonly PartitionProgress[];
}

/** `stopped`: not at its end, and nobody works on it. */
export type RunStatus = 'running' | 'paused' | 'stopped' | 'copied' | 'cancelled';

export const statusOf = ({ run, partitions }: RunView): RunStatus => {
  if (run.ended) return run.ended.as;
  if (!partitions.some(({ owner }) => owner)) return 'stopped';
  return run.orders.paused ? 'paused' : 'running';
};

/** What became of everything that was read so far. */
export const countsOf = ({ partitions }: Pick<RunView, 'partitions'>): CopyCounts =>
  partitions.reduce(addCounts, NO_COUNTS);

/** How many documents were expected when the partitions were made. */
export const estimatedOf = ({ partitions }: Pick<RunView, 'partitions'>): number =>
  partitions.reduce((sum, { partition }) => sum + partition.estimated, 0);

/** Who works on the run, each once, as they said themselves when they saved last. */
export const workersOf = ({ partitions }: Pick<RunView, 'partitions'>): Worker[] => {
  const workers = new Map<string, Worker>();
  for (const { owner, done } of partitions) {
    if (!owner || done) continue;
    const known = workers.get(owner.name);
    if (!known || known.savedAtMs < owner.savedAtMs) workers.set(owner.name, owner);
  }
  return [...workers.values()];
};

/** The plan's newest run as it is stored; `undefined` when it never ran. */
export const loadView = async (
  checkpoints: Pick<CheckpointStore, 'load' | 'partitions'>,
  plan: string,
): Promise<RunView | undefined> => {
  const found = await checkpoints.load(plan);
  if (!found) return undefined;
  const partitions = await checkpoints.partitions(found.value);
  return { run: found.value, partitions: partitions.map(({ value }) => value) };
};
