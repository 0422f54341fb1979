import type { BackfillRun, CheckpointStore, Worker } from './checkpoint-store.ts';
import type { Progress } from './progress.ts';
import { runProgress } from './run-progress.ts';
import { loadView, type RunStatus, type RunView, statusOf, workersOf } from './run-view.ts';

/** All that is known of a plan's newest run: what the command line and the API answer. */
export type RunReport =
  | { readonly plan: string; readonly status: 'never-run' }
  | (BackfillRun & {
      readonly status: RunStatus;
      readonly progress: Progress;
      /** Who works on it. */
      readonly workers: readonly Worker[];
    });

/** Reports a run as it was stored, at a moment. */
export const runReport = (view: RunView, nowMs: number): Exclude<RunReport, { status: 'never-run' }> => ({
  ...view.run,
  status: statusOf(view),
  progress: runProgress(view, nowMs),
  workers: workersOf(view),
});

/** Reports a plan's newest run, as those who work on it saved it within the last second or two. */
export const reportOf = async (
  checkpoints: Pick<CheckpointStore, 'load' | 'partitions'>,
  plan: string,
  nowMs: number,
): Promise<RunReport> => {
  const view = await loadView(checkpoints, plan);
  return view ? runReport(view, nowMs) : { plan, status: 'never-run' };
};
