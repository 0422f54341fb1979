import { describe, expect, it } from '@jest/globals';
import { retryTransient } from '../../../../migrations/backfill/retry.ts';
import { BanyanError } from '../../../../services/core/index.ts';

const retry = retryTransient({ repetitions: 2, firstPauseMs: 1, longestPauseMs: 2 });

const failing = (failures: number, error: Error) => {
  let calls = 0;
  return {
    calls: () => calls,
    work: async () => {
      calls += 1;
      if (calls <= failures) throw error;
      return 'done';
    },
  };
};

describe('retrying', () => {
  const busy = new BanyanError('busy', 'too many requests', { retryable: true });

  it('repeats what may succeed later', async () => {
    const { work, calls } = failing(2, busy);
    expect(await retry(work)).toBe('done');
    expect(calls()).toBe(3);
  });

  it('gives up with the last error after the last repetition', async () => {
    const { work, calls } = failing(99, busy);
    await expect(retry(work)).rejects.toBe(busy);
    expect(calls()).toBe(3);
  });

  it.each([new BanyanError('lasting', 'no such table'), new Error('a fault of ours')])(
    'does not repeat what cannot succeed: %s',
    async (error) => {
      const { work, calls } = failing(1, error);
      await expect(retry(work)).rejects.toBe(error);
      expect(calls()).toBe(1);
    },
  );
});
