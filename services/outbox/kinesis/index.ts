/* What speaks to Kinesis, apart from `services/outbox/index.ts`: who only writes needs no AWS SDK. */
export { KinesisEventStream, type KinesisEventStreamOptions } from '../kinesis-event-stream.ts';
export { type ProbeOptions, putProbe, retentionMs } from '../stream-probe.ts';
