/** How long retries wait. AWS says only that they back off. */
export interface RetryBackoff {
  /** After the first failure; doubled by each further one. */
  readonly firstMs: number;
  /** What doubling ends at. */
  readonly mostMs: number;
}

/** The wait after the `failures`-th failure in a row, from 1. Without jitter: one mapping, and reproducible. */
export const retryDelayMs = (backoff: RetryBackoff, failures: number): number =>
  Math.min(backoff.firstMs * 2 ** Math.min(failures - 1, 30), backoff.mostMs);
