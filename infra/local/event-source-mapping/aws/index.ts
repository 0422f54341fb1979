/* What speaks to AWS or an emulator, apart from `../index.ts`: a test in memory needs no AWS SDK. */
export { destinationOf } from '../destinations/destination-of.ts';
export { s3Destination } from '../destinations/s3-destination.ts';
export { snsDestination } from '../destinations/sns-destination.ts';
export { sqsDestination } from '../destinations/sqs-destination.ts';
export { lambdaInvoker } from '../invokers/lambda-invoker.ts';
export type { MappingLog } from '../runtime/local-mappings.ts';
export {
  type EventSourceMappings,
  type EventSourceMappingsStatus,
  type StartEventSourceMappingsOptions,
  startEventSourceMappings,
} from '../runtime/start-event-source-mappings.ts';
export { KinesisStreamReader } from '../streams/kinesis-stream-reader.ts';
