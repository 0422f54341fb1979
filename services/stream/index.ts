export { type BatchReport, publishBatchReport } from './batch-report.ts';
export { FolderQuarantine } from './folder-quarantine.ts';
export { type KinesisConsumer, type KinesisConsumerOptions, kinesisConsumer } from './kinesis-consumer.ts';
export { MemoryQuarantine } from './memory-quarantine.ts';
export type { Quarantine, QuarantineEntry } from './quarantine.ts';
export { type Limit, runInKeyOrder } from './run-in-key-order.ts';
export { S3Quarantine } from './s3-quarantine.ts';
