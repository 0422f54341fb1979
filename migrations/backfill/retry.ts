import { ExponentialBackoff, fullJitterGenerator, handleWhen, retry } from 'cockatiel';
import { BanyanError } from '../../services/core/index.ts';

/** Runs work again while it fails with a `retryable` error; the last error comes through. */
export type Retry = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

export interface RetryOptions {
  /** Required. Repetitions after the first attempt. */
  readonly repetitions: number;
  /** Required. The first pause is random between 0 and this, and each bound doubles the one before. */
  readonly firstPauseMs: number;
  /** Required. No pause is longer. */
  readonly longestPauseMs: number;
}

/** Retries with whole jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). */
export const retryTransient = (options: RetryOptions): Retry => {
  const policy = retry(
    handleWhen((error) => error instanceof BanyanError && error.retryable),
    {
      maxAttempts: options.repetitions,
      backoff: new ExponentialBackoff({
        generator: fullJitterGenerator,
        initialDelay: options.firstPauseMs,
        maxDelay: options.longestPauseMs,
      }),
    },
  );
  return (work, signal) => policy.execute(work, signal);
};
