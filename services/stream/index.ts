/* No AWS SDK: what speaks to S3 is in `services/stream/s3/index.ts`. */
export { type BatchLogger, type BatchMetrics, type BatchReport, publishBatchReport } from './batch-report.ts';
export type { ClaimStore } from './claim-store.ts';
export { FolderQuarantine } from './folder-quarantine.ts';
export { type KinesisConsumer, type KinesisConsumerOptions, kinesisConsumer } from './kinesis-consumer.ts';
export { MemoryClaimStore } from './memory-claim-store.ts';
export { MemoryQuarantine } from './memory-quarantine.ts';
export {
  NotifyingQuarantine,
  type NotifyOfQuarantine,
  type QuarantineNotice,
} from './notifying-quarantine.ts';
export type { Quarantine, QuarantineEntry } from './quarantine.ts';
export { type ResolveClaimsOptions, resolveClaims } from './resolve-claims.ts';
export { type Limit, runInKeyOrder } from './run-in-key-order.ts';
