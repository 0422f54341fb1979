import { RevisionConflictError } from '../../services/store/control-store.ts';
import type { BackfillRun, CheckpointStore } from './checkpoint-store.ts';

/** Changes a plan's run, as it is stored at that moment; `change` answers `undefined` when there is nothing to change. */
export const changeRun = async (
  checkpoints: CheckpointStore,
  plan: string,
  change: (run: BackfillRun) => BackfillRun | undefined,
): Promise<BackfillRun | undefined> => {
  for (;;) {
    const found = await checkpoints.load(plan);
    if (!found) return undefined;
    const changed = change(found.value);
    if (!changed) return found.value;
    try {
      await checkpoints.save(changed, found.revision);
      return changed;
    } catch (thrown) {
      if (!(thrown instanceof RevisionConflictError)) throw thrown;
    }
  }
};

/** Notes that a run is over, unless it is already, or another took its place; answers the run as it is. */
export const endRun = async (options: {
  checkpoints: CheckpointStore;
  run: BackfillRun;
  as: 'copied' | 'cancelled';
  atMs: number;
}): Promise<BackfillRun> => {
  const { checkpoints, run, as, atMs } = options;
  const ended = { as, atMs };
  const stored = await changeRun(checkpoints, run.plan, (current) =>
    current.id === run.id && !current.ended ? { ...current, ended } : undefined,
  );
  return stored?.id === run.id ? stored : { ...run, ended };
};
