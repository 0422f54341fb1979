import pLimit from 'p-limit';
import { BanyanError } from '../../../services/core/index.ts';
import type { ControlStore, Revisioned } from '../../../services/store/control-store.ts';
import type { BackfillRun, CheckpointStore, PartitionProgress } from '../checkpoint-store.ts';

const READS_AT_ONCE = 16;
/** What was ever copied, by the names of plans and of their fresh sinks: the control store lists no keys. */
const NAMES_LOG = 'backfills';
const NAMES_READ = 1_000;

/** Every name under which a run was begun, of the last thousand; those of fresh sinks (`PLAN@SINK`) included. */
export const copiedNames = async (control: ControlStore): Promise<ReadonlySet<string>> => {
  const entries = await control.history<{ readonly plan: string }>(NAMES_LOG, NAMES_READ);
  return new Set(entries.map(({ entry }) => entry.plan));
};

/**
 * Runs in the control store: a plan's newest run under one key, each partition of a run under another. What its
 * compare-and-set refuses, an ex-owner cannot save.
 */
export class ControlCheckpointStore implements CheckpointStore {
  readonly #control: ControlStore;

  constructor(options: { control: ControlStore }) {
    this.#control = options.control;
  }

  load(plan: string): Promise<Revisioned<BackfillRun> | undefined> {
    return this.#control.get<BackfillRun>(keyOf(plan));
  }

  async save(run: BackfillRun, expectedRevision: number): Promise<number> {
    // Before it is there: a name without a run does no harm.
    if (expectedRevision === 0) await this.#control.append(NAMES_LOG, { plan: run.plan });
    return this.#control.put(keyOf(run.plan), run, expectedRevision);
  }

  partitions(
    run: Pick<BackfillRun, 'id' | 'plan' | 'partitionCount'>,
  ): Promise<Revisioned<PartitionProgress>[]> {
    const numbers = Array.from({ length: run.partitionCount }, (_, number) => number);
    return pLimit(READS_AT_ONCE).map(numbers, (number) => this.#partition(run, number));
  }

  savePartition(
    run: Pick<BackfillRun, 'id' | 'plan'>,
    progress: PartitionProgress,
    expectedRevision: number,
  ): Promise<number> {
    return this.#control.put(partitionKeyOf(run, progress.number), progress, expectedRevision);
  }

  async #partition(
    run: Pick<BackfillRun, 'id' | 'plan'>,
    number: number,
  ): Promise<Revisioned<PartitionProgress>> {
    const found = await this.#control.get<PartitionProgress>(partitionKeyOf(run, number));
    if (found) return found;
    throw new BanyanError('partition-missing', `partition ${number} of the run ${run.id} was never stored`);
  }
}

const keyOf = (plan: string): string => `backfill/${plan}`;
const partitionKeyOf = ({ plan, id }: Pick<BackfillRun, 'id' | 'plan'>, number: number): string =>
  `backfill/${plan}/${id}/${number}`;
