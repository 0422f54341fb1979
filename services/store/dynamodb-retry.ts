import { ExponentialBackoff, fullJitterGenerator, handleWhen, type IPolicy, retry } from 'cockatiel';
import { BanyanError } from '../core/index.ts';
import { isTransient } from './dynamodb-errors.ts';

/** How often and how patiently a call is repeated, beyond the client's own few attempts. */
export interface RetryOptions {
  readonly maxRetries: number;
  /** The first wait is a random one up to this, each further one up to twice the last. */
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

/** Six seconds of waiting at most, beside the client's own: less than the time-out of a consumer's invocation. */
export const DEFAULT_RETRY: RetryOptions = { maxRetries: 6, initialDelayMs: 100, maxDelayMs: 5_000 };

/**
 * Repeats a call that failed transiently, after a wait with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/); at last throws what it threw.
 */
export const retryTransient = (options: RetryOptions): IPolicy =>
  retry(
    handleWhen((error) => (error instanceof BanyanError ? error.retryable : isTransient(error))),
    {
      maxAttempts: options.maxRetries,
      backoff: new ExponentialBackoff({
        generator: fullJitterGenerator,
        initialDelay: options.initialDelayMs,
        maxDelay: options.maxDelayMs,
      }),
    },
  );
