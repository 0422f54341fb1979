export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * How long to wait before attempt `failures` + 1: anything up to the exponential bound ("full jitter",
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), and at least a millisecond.
 */
export const backoffMs = (failures: number, { baseMs, capMs }: Backoff, random: () => number): number =>
  Math.max(1, random() * Math.min(capMs, baseMs * 2 ** (failures - 1)));
