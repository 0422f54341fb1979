import { RevisionConflictError, type Revisioned } from '../../../services/store/control-store.ts';
import type { BackfillRun, CheckpointStore } from '../checkpoint-store.ts';

/** Runs of one process, for tests. */
export class MemoryCheckpointStore implements CheckpointStore {
  readonly #runs = new Map<string, Revisioned<BackfillRun>>();

  async load(plan: string): Promise<Revisioned<BackfillRun> | undefined> {
    return structuredClone(this.#runs.get(plan));
  }

  async save(run: BackfillRun, expectedRevision: number): Promise<number> {
    const revision = this.#runs.get(run.plan)?.revision ?? 0;
    if (revision !== expectedRevision) throw new RevisionConflictError(run.plan, expectedRevision);
    this.#runs.set(run.plan, { value: structuredClone(run), revision: revision + 1 });
    return revision + 1;
  }
}
