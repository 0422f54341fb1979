import type { Clock } from './clock.ts';
import { BanyanError } from './errors.ts';

/**
 * What `promise` answers, unless that takes longer than `timeoutMs`: then it is given up, though not undone.
 * @throws BanyanError `late`, retryable
 */
export const inTime = async <T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T> => {
  const answered = new AbortController();
  const late = clock.sleep(timeoutMs, answered.signal).then((): never => {
    throw new BanyanError('late', `no answer within ${timeoutMs} ms`, { retryable: true });
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    answered.abort();
  }
};
