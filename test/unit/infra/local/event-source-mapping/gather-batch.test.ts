import { describe, expect, it } from '@jest/globals';
import {
  gatherBatch,
  PAYLOAD_LIMIT_BYTES,
} from '../../../../../infra/local/event-source-mapping/gather-batch.ts';

const records = (count: number, bytes = 100) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ sequenceNumber: String(index), arrivedAtMs: 0, event: undefined, bytes, done: false },
  }));

describe('gatherBatch', () => {
  it('goes on gathering while the batch is not full and the window is open', () => {
    expect(gatherBatch(records(9), { batchSize: 10, windowIsOver: false })).toBe(0);
  });

  it('takes a full batch before the window is over', () => {
    expect(gatherBatch(records(11), { batchSize: 10, windowIsOver: false })).toBe(10);
  });

  it('takes what there is when the window is over', () => {
    expect(gatherBatch(records(3), { batchSize: 10, windowIsOver: true })).toBe(3);
    expect(gatherBatch([], { batchSize: 10, windowIsOver: true })).toBe(0);
  });

  it('takes what fits when the payload reaches 6 MB, before the window is over', () => {
    const each = Math.floor(PAYLOAD_LIMIT_BYTES / 4);
    expect(gatherBatch(records(9, each), { batchSize: 10, windowIsOver: false })).toBe(3);
  });

  it('lets a record that exceeds the limit by itself travel alone', () => {
    expect(gatherBatch(records(2, PAYLOAD_LIMIT_BYTES), { batchSize: 10, windowIsOver: true })).toBe(1);
  });
});
