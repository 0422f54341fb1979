export { FileShardCheckpoints } from './checkpoints/file-shard-checkpoints.ts';
export { MemoryShardCheckpoints } from './checkpoints/memory-shard-checkpoints.ts';
export type {
  ShardCheckpoint,
  ShardCheckpointStore,
  ShardCheckpoints,
} from './checkpoints/shard-checkpoints.ts';
export { destinationOf } from './destinations/destination-of.ts';
export type {
  DiscardedBatch,
  FailureDestination,
  InvocationRecord,
} from './destinations/failure-destination.ts';
export { MemoryDestination } from './destinations/memory-destination.ts';
export { s3Destination } from './destinations/s3-destination.ts';
export { snsDestination } from './destinations/sns-destination.ts';
export { sqsDestination } from './destinations/sqs-destination.ts';
export {
  EventSourceMapping,
  type EventSourceMappingOptions,
  type MappingStatus,
  type ShardStatus,
} from './event-source-mapping.ts';
export { type BatchHandler, handlerInvoker } from './invokers/handler-invoker.ts';
export type { InvocationResult, Invoker } from './invokers/invoker.ts';
export { lambdaInvoker } from './invokers/lambda-invoker.ts';
export type { MappingCounters } from './mapping-counters.ts';
export { type MappingConfiguration, mappingConfigurationSchema } from './mapping-settings.ts';
export type { RetryBackoff } from './retry-backoff.ts';
export type { MappingLog } from './runtime/local-mappings.ts';
export {
  type EventSourceMappings,
  type EventSourceMappingsStatus,
  type StartEventSourceMappingsOptions,
  startEventSourceMappings,
} from './runtime/start-event-source-mappings.ts';
export { KinesisStreamReader } from './streams/kinesis-stream-reader.ts';
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
