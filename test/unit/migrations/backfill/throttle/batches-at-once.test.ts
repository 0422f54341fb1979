import { describe, expect, it } from '@jest/globals';
import { parseBatchesAtOnce } from '../../../../../migrations/backfill/throttle/batches-at-once.ts';
import { UsageError } from '../../../../../services/core/index.ts';

describe('batches at once', () => {
  it.each([
    ['8', { floor: 8, ceiling: 8 }],
    ['2-32', { floor: 2, ceiling: 32 }],
  ])('are read from %s', (text, range) => {
    expect(parseBatchesAtOnce(text)).toEqual(range);
  });

  it.each(['0', '32-2', '-1', 'many', '', '1-', '12345'])('are not read from "%s"', (text) => {
    expect(() => parseBatchesAtOnce(text)).toThrow(UsageError);
  });
});
