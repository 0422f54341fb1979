import type { Clock } from '../../services/core/index.ts';
import { RevisionConflictError, type Revisioned } from '../../services/store/control-store.ts';
import type { BackfillRun, CheckpointStore, PartitionProgress, Worker } from './checkpoint-store.ts';
import { HeldPartition } from './held-partition.ts';

/**
 * An owner that has not saved for so long is dead: a living one saves every second. Measured by the clock of
 * whoever looks, so that no two clocks need to agree.
 */
const OWNER_SILENT_MS = 10_000;

/** A partition as it was stored when somebody looked last. */
export interface Seen extends Revisioned<PartitionProgress> {
  /** Since when this worker has seen no other revision. */
  readonly sinceMs: number;
}

/** What somebody may begin to work on: what nobody owns, or a dead worker. */
const isFree = ({ value, sinceMs }: Seen, nowMs: number): boolean =>
  !value.done && (!value.owner || nowMs - sinceMs >= OWNER_SILENT_MS);

/** The partitions of a run as one of its workers knows them, and those that it holds. */
export class PartitionClaims {
  readonly #checkpoints: CheckpointStore;
  readonly #run: BackfillRun;
  readonly #clock: Clock;
  readonly #only: number | undefined;
  readonly #held = new Map<number, HeldPartition>();
  /** What another reader of this worker is taking at this moment. */
  readonly #taking = new Set<number>();
  #seen: Seen[] = [];

  /** `only`: the one partition that may be taken; absent, any. */
  constructor(options: {
    checkpoints: CheckpointStore;
    run: BackfillRun;
    clock: Clock;
    only?: number | undefined;
  }) {
    this.#only = options.only;
    this.#checkpoints = options.checkpoints;
    this.#run = options.run;
    this.#clock = options.clock;
  }

  get held(): readonly HeldPartition[] {
    return [...this.#held.values()];
  }

  /** All partitions: one's own as they are, others' as they were seen last. */
  get progress(): PartitionProgress[] {
    return this.#seen.map(({ value }) => this.#held.get(value.number)?.progress ?? value);
  }

  /** Whether somebody else works, or seemed to, on what is not done and might be taken. */
  get othersAtWork(): boolean {
    return this.#seen.some(
      ({ value }) => this.#mayTake(value) && !value.done && value.owner && !this.#held.has(value.number),
    );
  }

  /** Reads how far the others are. */
  async look(): Promise<void> {
    const found = await this.#checkpoints.partitions(this.#run);
    const nowMs = this.#clock.nowMs();
    this.#seen = found.map(({ value, revision }, number) => {
      const before = this.#seen[number];
      return { value, revision, sinceMs: before?.revision === revision ? before.sinceMs : nowMs };
    });
  }

  /** Takes a free partition; answers `undefined` when there is none. */
  async take(owner: Worker): Promise<HeldPartition | undefined> {
    for (const seen of this.#seen) {
      const { number } = seen.value;
      if (!this.#mayTake(seen.value)) continue;
      if (this.#held.has(number) || this.#taking.has(number) || !isFree(seen, this.#clock.nowMs())) continue;
      const held = await this.#claim(seen, owner);
      if (held) return held;
    }
    return undefined;
  }

  /** Forgets a partition that was released, or lost. */
  drop(held: HeldPartition): void {
    const { number } = held.progress;
    this.#held.delete(number);
    this.#seen[number] = { value: held.progress, revision: held.revision, sinceMs: this.#clock.nowMs() };
  }

  #mayTake({ number }: PartitionProgress): boolean {
    return this.#only === undefined || number === this.#only;
  }

  async #claim(seen: Seen, owner: Worker): Promise<HeldPartition | undefined> {
    const progress = { ...seen.value, owner };
    const { number } = progress;
    this.#taking.add(number);
    try {
      const revision = await this.#checkpoints.savePartition(this.#run, progress, seen.revision);
      const held = new HeldPartition({ checkpoints: this.#checkpoints, run: this.#run, progress, revision });
      this.#held.set(number, held);
      return held;
    } catch (thrown) {
      if (!(thrown instanceof RevisionConflictError)) throw thrown;
      // Somebody was quicker, or it was our own save whose answer got lost: the next look tells.
      this.#seen[number] = { ...seen, sinceMs: this.#clock.nowMs(), value: progress };
      return undefined;
    } finally {
      this.#taking.delete(number);
    }
  }
}
