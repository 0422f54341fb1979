/* No AWS SDK: what speaks to AWS, or an emulator, is in `./aws/index.ts`. */
export { FileShardCheckpoints } from './checkpoints/file-shard-checkpoints.ts';
export { MemoryShardCheckpoints } from './checkpoints/memory-shard-checkpoints.ts';
export type {
  ShardCheckpoint,
  ShardCheckpointStore,
  ShardCheckpoints,
} from './checkpoints/shard-checkpoints.ts';
export type {
  DiscardedBatch,
  FailureDestination,
  InvocationRecord,
} from './destinations/failure-destination.ts';
export { MemoryDestination } from './destinations/memory-destination.ts';
export {
  EventSourceMapping,
  type EventSourceMappingOptions,
  type MappingStatus,
  type ShardStatus,
} from './event-source-mapping.ts';
export { type BatchHandler, handlerInvoker } from './invokers/handler-invoker.ts';
export type { InvocationResult, Invoker } from './invokers/invoker.ts';
export type { MappingCounters } from './mapping-counters.ts';
export { type MappingConfiguration, mappingConfigurationSchema } from './mapping-settings.ts';
export type { RetryBackoff } from './retry-backoff.ts';
export { MemoryStream, type MemoryStreamOptions } from './streams/memory-stream.ts';
export {
  IteratorExpiredError,
  type Position,
  type ReadResult,
  type Shard,
  ShardGoneError,
  type StreamDescription,
  type StreamReader,
  type StreamRecord,
} from './streams/stream-reader.ts';
