export { type BackfillOptions, type BackfillParts, backfill } from './backfill.ts';
export type {
  BackfillRun,
  CheckpointStore,
  CopyCounts,
  PartitionProgress,
  Worker,
} from './checkpoint-store.ts';
export { ControlCheckpointStore } from './checkpoints/control-checkpoint-store.ts';
export { MemoryCheckpointStore } from './checkpoints/memory-checkpoint-store.ts';
export { type GiveOrderParts, giveOrder, type OrderGiven, orderLogOf } from './give-order.ts';
export { type MaxRejects, TooManyRejectsError } from './max-rejects.ts';
export { type Beginning, type OpenRunOptions, openRun } from './open-run.ts';
export type { Order, Orders, Signed } from './orders.ts';
export type { PartitionDone, Progress } from './progress.ts';
export type { Reading } from './record-or-reject.ts';
export { type Retry, type RetryOptions, retryTransient } from './retry.ts';
export { runProgress } from './run-progress.ts';
export { countsOf, estimatedOf, loadView, type RunStatus, type RunView, statusOf } from './run-view.ts';
export { JsonLinesStore } from './sinks/json-lines-store.ts';
export type { Partition, Position, RawDocument, Source, SourceBatch } from './source.ts';
export { MemorySource } from './sources/memory-source.ts';
export { MongoSource, type MongoSourceOptions } from './sources/mongo-source.ts';
export { AdaptiveConcurrency } from './throttle/adaptive-concurrency.ts';
export { FixedRate } from './throttle/fixed-rate.ts';
export type { Rate, RateUnit } from './throttle/rate.ts';
export { type SourceLoad, SourceThrottle } from './throttle/source-load.ts';
export { StreamLagThrottle } from './throttle/stream-lag.ts';
export type { BatchSize, Delay, Throttle } from './throttle/throttle.ts';
export { type TimeWindow, TimeWindows } from './throttle/time-windows.ts';
