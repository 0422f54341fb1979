import type { PartitionProgress } from './checkpoint-store.ts';
import { etaOf, type PartitionDone, type Progress } from './progress.ts';
import { countsOf, estimatedOf, type RunStatus, type RunView, statusOf, workersOf } from './run-view.ts';

const ACTIVITIES: { readonly [status in RunStatus]: string } = {
  running: 'copying',
  paused: 'paused',
  stopped: 'stopped',
  copied: 'copied',
  cancelled: 'cancelled',
};

/** How far a run is, over all who work on it. */
export const runProgress = (view: RunView, nowMs: number): Progress => {
  const { run } = view;
  const status = statusOf(view);
  const { read: done, ...counts } = countsOf(view);
  const total = Math.max(done, estimatedOf(view));
  const workers = workersOf(view);
  const elapsedMs = (run.ended?.atMs ?? nowMs) - run.startedAtMs;
  const perSecond = run.ended
    ? (done / Math.max(1, elapsedMs)) * 1_000
    : workers.reduce((sum, worker) => sum + worker.perSecond, 0);
  const throttle = workers.find((worker) => worker.throttle)?.throttle;
  return {
    plan: run.plan,
    activity: ACTIVITIES[status],
    done,
    total,
    counts,
    elapsedMs,
    perSecond,
    ...(run.ended ? {} : etaOf({ done, total, perSecond })),
    ...(throttle === undefined ? {} : { throttle }),
    workers: workers.length,
    partitions: view.partitions.map(partitionDone),
  };
};

const partitionDone = ({ partition, done, owner, read }: PartitionProgress): PartitionDone => ({
  id: partition.id,
  state: done ? 'done' : owner ? 'copying' : 'waiting',
  done: read,
  total: done ? read : Math.max(read, partition.estimated),
});
