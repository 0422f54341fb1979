import type { ControlStore, Revisioned } from '../../../services/store/control-store.ts';
import type { BackfillRun, CheckpointStore } from '../checkpoint-store.ts';

/** Runs in the control store, one key per plan: what its compare-and-set refuses, an ex-owner cannot save. */
export class ControlCheckpointStore implements CheckpointStore {
  readonly #control: ControlStore;

  constructor(options: { control: ControlStore }) {
    this.#control = options.control;
  }

  load(plan: string): Promise<Revisioned<BackfillRun> | undefined> {
    return this.#control.get<BackfillRun>(keyOf(plan));
  }

  save(run: BackfillRun, expectedRevision: number): Promise<number> {
    return this.#control.put(keyOf(run.plan), run, expectedRevision);
  }
}

const keyOf = (plan: string): string => `backfill/${plan}`;
