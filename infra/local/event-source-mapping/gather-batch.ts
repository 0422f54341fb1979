import type { PendingRecord } from './batch.ts';

/** Of a synchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

const ENVELOPE_BYTES = Buffer.byteLength('{"Records":[]}');
const COMMA_BYTES = 1;

export interface GatheringOptions {
  readonly batchSize: number;
  readonly windowIsOver: boolean;
}

/**
 * How many of the waiting records make a batch now; 0 to go on gathering. A function is invoked as soon as the
 * batch is full, the batching window is over, or the payload reaches its limit.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 * A record that exceeds the limit by itself travels alone.
 */
export const gatherBatch = (waiting: readonly PendingRecord[], options: GatheringOptions): number => {
  const most = Math.min(waiting.length, options.batchSize);
  let bytes = ENVELOPE_BYTES;
  let count = 0;
  for (; count < most; count += 1) {
    bytes += (waiting[count]?.bytes ?? 0) + COMMA_BYTES;
    if (bytes > PAYLOAD_LIMIT_BYTES && count > 0) return count;
  }
  return options.windowIsOver || count === options.batchSize ? count : 0;
};
