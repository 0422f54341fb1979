import type { Plan } from '../moves/plan.ts';

/**
 * Two overlap the source's time with the decoding, which one processor does; with four, documents live so long that
 * collecting their garbage doubles the processor time (`npm run bench:backfill`).
 */
const MOST_READERS = 2;

/** Partitions that a process reads at once; how many batches it writes at once is another matter. */
export const readersOf = ({ concurrency }: Pick<Plan, 'concurrency'>): number =>
  Math.min(concurrency, MOST_READERS);
